/** A database with an agent whose steps did something outside, as an ended process leaves it. */

import { join } from "node:path";
import type { EffectRow } from "../../src/model/effect.ts";
import { type Shard, shardLocation } from "../../src/model/shard.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { agentRow, effectRow, stepRow } from "./sample-rows.ts";

/** Of the agent's second step, in milliseconds. It started a minute ago, so that retention keeps it. */
const STEP_MS = 4_000;
const AGE_MS = 60_000;

/** What the second step did, and the unknown effect of the third, which has not ended. */
export interface TracedEffects {
  readonly call: EffectRow;
  readonly failed: EffectRow;
  readonly mail: EffectRow;
  readonly unknown: EffectRow;
}

export interface SeedOptions {
  readonly shard?: Shard | null;
  /** True if the agent is paused because the outcome of its unknown effect must be known. */
  readonly isHeld?: boolean;
}

/**
 * Fills the database of a folder in which nothing runs.
 * @param folder the one around the database
 */
export async function seedTracedAgent(
  folder: string,
  agentId: string,
  { shard = null, isHeld = false }: SeedOptions = {},
): Promise<TracedEffects> {
  const root = join(folder, "data/troupe");
  const location = shard === null ? root : shardLocation(root, shard.index);
  await using store = await openStore({ location, shard });
  return await addTracedAgent(store, agentId, isHeld);
}

export async function addTracedAgent(
  store: Store,
  agent_id: string,
  isHeld = false,
): Promise<TracedEffects> {
  const started_at = Date.now() - AGE_MS;
  const effects = tracedEffects(agent_id, started_at);
  const { call, unknown } = effects;
  // A row of an earlier state must not be shown next to the newer one.
  await store.effects.keep({ ...unknown, state: "started", ended_at: null });
  for (const row of Object.values(effects)) await store.effects.keep(row);
  const ended_at = started_at + STEP_MS;
  const end = isHeld ? held(unknown) : ({ status: "stopped", ended_at } as const);
  const row = agentRow({ agent_id, iteration: 2, started_at, updated_at: ended_at, ...end });
  const first = { iteration: 1, result: "nothing outside" };
  await store.agents.record(
    row,
    stepRow({ agent_id, ...first, started_at: started_at - 1_000, ended_at: started_at }),
  );
  const { model, input_tokens, output_tokens } = call;
  const second = { iteration: 2, result: "a letter", model, input_tokens, output_tokens };
  await store.agents.record(row, stepRow({ agent_id, ...second, started_at, ended_at }));
  await store.agents.drain();
  return effects;
}

/** As the agent is while somebody must say what happened. */
function held({ effect_id, key, iteration }: EffectRow) {
  const message = `the outcome of ${key} is unknown`;
  const last_error = { code: "EFFECT_UNKNOWN", message, details: { effect_id, key, iteration } };
  return { status: "paused", paused: true, last_error } as const;
}

function tracedEffects(agent_id: string, stepStartedAt: number): TracedEffects {
  const at = (ms: number) => stepStartedAt + ms;
  const mail = { agent_id, iteration: 2, turn: 2, name: "mail", key: "mail" };
  return {
    call: effectRow({
      ...{ agent_id, iteration: 2, turn: 2, kind: "model", name: "Ask", key: "1" },
      ...{ value: '{"text":"Dear Ann"}', input: '{"question":"how"}', input_hash: "ab" },
      ...{ model: "gpt-5.2-mini", input_tokens: 1_200, output_tokens: 340 },
      ...{ wait_ms: 500, retries: 2, started_at: at(0), ended_at: at(2_500) },
    }),
    failed: effectRow({
      ...mail,
      ...{ state: "failed", value: null, started_at: at(2_600), ended_at: at(2_900) },
      error: { code: "AGENT_STEP_FAILED", message: "the mail server hung up" },
    }),
    mail: effectRow({ ...mail, started_at: at(3_000), ended_at: at(3_900) }),
    unknown: effectRow({
      ...{ agent_id, iteration: 3, turn: 3, name: "refund", key: "refund", state: "unknown" },
      ...{ value: null, started_at: at(5_000), ended_at: null },
    }),
  };
}
