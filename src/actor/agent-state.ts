/**
 * An agent's state from step to step: subject, context and history. A step changes all of it or
 * nothing: the changes of a failing step are undone, so that the thread and the stored row agree.
 */

import type { ActorSpec } from "../boundary/protocol.ts";
import type { HistoryEntry } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import { findJsonFault, isTooDeep, wellFormedJson } from "../model/json-bounds.ts";
import { findJsonLoss } from "../model/json-loss.ts";
import { CONTEXT_BYTES_MAX, HISTORY_ENTRIES_MAX, SUBJECT_CHARS_MAX } from "../model/limits.ts";
import { parseJson } from "../model/parse-json.ts";

/** A state to return to. */
interface Mark {
  readonly contextJson: string;
  readonly subject: string | null;
}

export class AgentState {
  /** Changed in place by the agent's code, so only its JSON text shows a change. */
  context: unknown;
  #subject: string | null;
  #history: readonly HistoryEntry[];
  #mark: Mark;
  /** The context that main has. */
  #reportedJson: string;

  /** @param initialContext for an agent without a context; copied */
  constructor(
    start: Pick<ActorSpec, "contextJson" | "subject" | "history">,
    initialContext: unknown = null,
  ) {
    this.context = parseJson(start.contextJson) ?? JSON.parse(toJson(initialContext));
    this.#subject = start.subject;
    this.#history = start.history.slice(-HISTORY_ENTRIES_MAX);
    this.#reportedJson = start.contextJson;
    this.#mark = { contextJson: this.#reportedJson, subject: start.subject };
  }

  get subject(): string | null {
    return this.#subject;
  }

  /** @throws {TroupeError} `AGENT_REPORT_INVALID` unless it is null or text of bounded length. */
  set subject(subject: string | null) {
    const isValid =
      subject === null || (typeof subject === "string" && subject.length <= SUBJECT_CHARS_MAX);
    if (!isValid) {
      throw invalid(`subject must be null or text of at most ${SUBJECT_CHARS_MAX} characters`);
    }
    this.#subject = subject?.toWellFormed() ?? null;
  }

  /** The last results, oldest first. */
  get history(): readonly HistoryEntry[] {
    return this.#history;
  }

  remember(entry: HistoryEntry): void {
    this.#history = [...this.#history, entry].slice(-HISTORY_ENTRIES_MAX);
  }

  /**
   * Makes the current state the one that {@link rollBack} returns to.
   * @throws {TroupeError} `AGENT_REPORT_INVALID` for a context that cannot be stored.
   */
  mark(): void {
    this.#mark = { contextJson: toJson(this.context), subject: this.#subject };
  }

  rollBack(): void {
    this.#subject = this.#mark.subject;
    if (!this.#isContextMarked()) this.context = JSON.parse(this.#mark.contextJson);
  }

  /** JSON text of the marked context, or null if main has it already. */
  takeContextChange(): string | null {
    const { contextJson } = this.#mark;
    if (contextJson === this.#reportedJson) return null;
    this.#reportedJson = contextJson;
    return contextJson;
  }

  #isContextMarked(): boolean {
    try {
      return toJson(this.context) === this.#mark.contextJson;
    } catch {
      return false;
    }
  }
}

/** What may be a key that {@link findJsonFault} refuses; main would refuse it with the whole report. */
const RESERVED_NAME = /"(?:__proto__|constructor)"/;

function toJson(context: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(context ?? null);
  } catch (cause) {
    throw invalid("context must be a value that JSON.stringify takes", cause);
  }
  if (json === undefined) throw invalid(`context must be JSON data, got ${typeof context}`);
  json = wellFormedJson(json);
  if (isTooDeep(json) || RESERVED_NAME.test(json)) {
    const fault = findJsonFault(JSON.parse(json), "context");
    if (fault !== undefined) throw invalid(fault);
  }
  const loss = findJsonLoss(context ?? null, "context");
  if (loss !== undefined) throw invalid(`${loss}; a context must be JSON data`);
  const bytes = Buffer.byteLength(json);
  if (bytes <= CONTEXT_BYTES_MAX) return json;
  throw invalid(`context must be at most ${CONTEXT_BYTES_MAX} bytes of JSON, got ${bytes}`);
}

function invalid(message: string, cause?: unknown): TroupeError {
  return new TroupeError("AGENT_REPORT_INVALID", message, { cause });
}
