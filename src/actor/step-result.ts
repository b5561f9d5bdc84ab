/** The return value of a step as text of bounded length, ready to be stored. */

import type { StepResult } from "../agents/define-agent.ts";
import { cutResult } from "../model/cut-result.ts";
import { TroupeError } from "../model/errors.ts";
import { wellFormedJson } from "../model/json-bounds.ts";
import { findJsonLoss } from "../model/json-loss.ts";

/** `context` is undefined if the step returned none. */
export interface ReadResult {
  readonly result: string;
  readonly context: unknown;
  readonly isDone: boolean;
}

/** @throws {TroupeError} `AGENT_REPORT_INVALID` for a value that is not a result or cannot become text. */
export function readStepResult(returned: StepResult<unknown>): ReadResult {
  if (typeof returned !== "object" || returned === null) {
    throw invalid(
      `step must return an object { result, context?, done? }, got ${String(returned)}`,
    );
  }
  const { result, context, done } = returned;
  return { result: toText(result), context, isDone: done === true };
}

function toText(result: unknown): string {
  if (typeof result === "string") return cutResult(result);
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch (cause) {
    throw invalid("result must be text or a value that JSON.stringify takes", cause);
  }
  const loss = text === undefined ? undefined : findJsonLoss(result, "result");
  if (loss !== undefined) throw invalid(`${loss}; a result must be text or JSON data`);
  if (text !== undefined) return cutResult(wellFormedJson(text));
  throw invalid(`result must be text or a value that JSON.stringify takes, got ${typeof result}`);
}

function invalid(message: string, cause?: unknown): TroupeError {
  return new TroupeError("AGENT_REPORT_INVALID", message, { cause });
}
