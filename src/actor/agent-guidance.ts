/**
 * Applies the guidance schema of an agent's type to the guidance of a step.
 *
 * The schema runs in the thread alone, in the step that takes the guidance, where deadline and watchdog
 * see it. Rejected: a check when the interrupt arrives, which runs foreign code outside steps and races
 * with the step that takes the guidance; a check on main against the exported JSON Schema, which says
 * less than the schema, may be older than the thread's module, and can have patterns that never end;
 * running the step without the refused guidance, whose row would then say that it was used.
 */

import type { AgentDefinition, GuidanceContent } from "../agents/define-agent.ts";
import type { Guidance } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import { parseInput } from "./input-schema.ts";

type GuidedType = Pick<AgentDefinition, "type" | "guidance">;

/** The guidance of one step. */
export interface ParsedGuidance {
  readonly accepted: readonly Received[];
  readonly refused: readonly Guidance[];
  /** Why, if any is refused: `GUIDANCE_INVALID` with each action and its fields. */
  readonly error: TroupeError | undefined;
}

/** One piece, and what the schema makes of it. */
export interface Received {
  readonly guidance: Guidance;
  readonly content: GuidanceContent;
}

/** @param onPiece called with the place of each piece, from 1, before the schema gets it */
export async function parseGuidance(
  { type, guidance: schema }: GuidedType,
  taken: readonly Guidance[],
  onPiece: (piece: number) => void,
): Promise<ParsedGuidance> {
  const accepted: Received[] = [];
  const refused: Guidance[] = [];
  const reasons: string[] = [];
  for (const [index, guidance] of taken.entries()) {
    onPiece(index + 1);
    // A copy: the schema may change it, and a step that takes it again needs what was sent.
    const parsed = await parseInput(schema, structuredClone(guidance.guidance));
    if (parsed.reason === undefined) {
      // Of whatever type the schema makes it: the definition has the same type.
      accepted.push({ guidance, content: parsed.value as GuidanceContent });
    } else {
      refused.push(guidance);
      reasons.push(`${parsed.reason} (action ${guidance.action_id})`);
    }
  }
  const isWhole = refused.length === 0;
  return { accepted, refused, error: isWhole ? undefined : refusalOf(type, reasons.join("; ")) };
}

/** For a type without a schema. */
export function takeAsSent(taken: readonly Guidance[]): ParsedGuidance {
  const accepted = taken.map((guidance) => ({ guidance, content: guidance.guidance }));
  return { accepted, refused: [], error: undefined };
}

function refusalOf(type: string, reason: string): TroupeError {
  return new TroupeError("GUIDANCE_INVALID", `guidance for agent type ${type}: ${reason}`);
}
