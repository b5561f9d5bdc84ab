/** Applies the guidance schema of an agent's type: to guidance that arrives, and to that of a step. */

import type { AgentDefinition, GuidanceContent } from "../agents/define-agent.ts";
import type { Guidance } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import { parseInput } from "./input-schema.ts";

type GuidedType = Pick<AgentDefinition, "type" | "guidance">;

/** @throws {TroupeError} `GUIDANCE_INVALID` with the fields that the schema refuses. */
export async function checkGuidance(
  { type, guidance: schema }: GuidedType,
  { guidance }: Guidance,
): Promise<void> {
  const { reason } = await parseInput(schema, guidance);
  if (reason !== undefined) throw refusalOf(type, reason);
}

/** The guidance of one step. */
export interface ReadGuidance {
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

export async function readGuidance(
  { type, guidance: schema }: GuidedType,
  taken: readonly Guidance[],
): Promise<ReadGuidance> {
  const accepted: Received[] = [];
  const refused: Guidance[] = [];
  const reasons: string[] = [];
  for (const guidance of taken) {
    const parsed = await parseInput(schema, guidance.guidance);
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
export function takeAsSent(taken: readonly Guidance[]): ReadGuidance {
  const accepted = taken.map((guidance) => ({ guidance, content: guidance.guidance }));
  return { accepted, refused: [], error: undefined };
}

function refusalOf(type: string, reason: string): TroupeError {
  return new TroupeError("GUIDANCE_INVALID", `guidance for agent type ${type}: ${reason}`);
}
