/** Checks a fleet after a power cut, as its server shows it, against everything that was answered before. */

import { type ActionView, type AgentView, type TroupeClient, TroupeError } from "troupe";
import type { AnsweredAction, AnsweredActions, RestStatus } from "./answered-actions.ts";
import { LASTING, MORTALS, type PowerCutLoad } from "./power-cut-load.ts";
import { until } from "./until.ts";

export type ViolationKind =
  | "program does not start"
  | "tables cannot be read"
  | "answered action lost"
  | "action listed twice"
  | "action does not end"
  | "ended otherwise than answered"
  | "interrupt lost"
  | "interrupt applied twice"
  | "agent in another status"
  | "stored step repeated"
  | "step missing"
  | "state and steps differ";

export interface Violation {
  readonly kind: ViolationKind;
  readonly text: string;
}

/** Milliseconds until a fleet that was just started has ended its actions, and its agents are at rest. */
const SETTLE_MS_MAX = 60_000;
/** An interrupt that a destroy met, or more interrupts than an agent may keep. */
const REFUSALS = ["AGENT_NOT_RUNNING", "AGENT_START_STOPPED", "AGENT_UNKNOWN", "GUIDANCE_LIMIT"];

interface Checked {
  readonly client: TroupeClient;
  readonly load: PowerCutLoad;
  readonly answered: AnsweredActions;
}

/** All agents are paused afterwards. */
export async function checkAfterPowerCut(checked: Checked): Promise<readonly Violation[]> {
  try {
    return await check(checked);
  } catch (error) {
    if (error instanceof TroupeError) return [found("tables cannot be read", String(error))];
    throw error;
  }
}

async function check(checked: Checked): Promise<readonly Violation[]> {
  const { client, load, answered } = checked;
  const kept = [...answered.byId.values()].filter(({ isLosable }) => isLosable !== true);
  // A list is answered after two seconds even if the table does not have all by then.
  const atFirst = await settle(
    () => readActions(client),
    ({ byId }) => kept.every(({ id }) => byId.has(id)),
  );
  const lost = kept.filter(({ id }) => !atFirst.byId.has(id));
  for (const id of atFirst.byId.keys()) keepFromNowOn(answered.byId.get(id));
  const wantedIds = [...answered.byId.keys()].filter((id) => atFirst.byId.has(id));
  const ended = await waitForEnds(client, wantedIds);
  const statuses = await checkStatuses(checked);
  const agentIds = [...LASTING, ...MORTALS];
  await Promise.all(agentIds.map((agentId) => load.request(agentId, "pause", true)));
  const agents = await readAtRest(client);
  return [
    ...lost.map((action) => found("answered action lost", tell(action))),
    ...atFirst.repeated.map((id) => found("action listed twice", id)),
    ...[...answered.byId.values()].flatMap((action) => checkEnd(action, ended.get(action.id))),
    ...statuses,
    ...agents.flatMap((agent) => checkGuidance(agent, answered, ended)),
    ...(await Promise.all(agents.map((agent) => checkSteps(client, agent)))).flat(),
  ];
}

/** A start brings all that it finds to the disk. */
function keepFromNowOn(action: AnsweredAction | undefined): void {
  if (action !== undefined) action.isLosable = false;
}

function found(kind: ViolationKind, text: string): Violation {
  return { kind, text };
}

function tell({ id, verb, agentId, n }: AnsweredAction): string {
  return `${verb} ${n} of ${agentId}, action ${id}`;
}

async function readActions(client: TroupeClient) {
  const byId = new Map<string, ActionView>();
  const repeated: string[] = [];
  for await (const action of client.actions()) {
    if (byId.has(action.id)) repeated.push(action.id);
    byId.set(action.id, action);
  }
  return { byId, repeated };
}

/** Looks again and again; resolves with the last look once it is good, or when the time for that is over. */
async function settle<T>(look: () => Promise<T>, isGood: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + SETTLE_MS_MAX;
  const { seen } = await until(async () => {
    const seen = await look();
    return (isGood(seen) || performance.now() > deadline) && { seen };
  });
  return seen;
}

/** What the list has once all of these have ended. */
async function waitForEnds(
  client: TroupeClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ActionView>> {
  const { byId } = await settle(
    () => readActions(client),
    (seen) => ids.every((id) => seen.byId.get(id)?.processed === true),
  );
  return byId;
}

function checkEnd(action: AnsweredAction, row: ActionView | undefined): readonly Violation[] {
  if (row === undefined) return [];
  const said = `${tell(action)}, ended ${row.outcome} ${row.error?.code ?? ""}`;
  if (!row.processed || row.outcome === "dead") return [found("action does not end", said)];
  const isRefused = row.outcome === "rejected" && !REFUSALS.includes(row.error?.code ?? "");
  const isOther = action.outcome !== null && action.outcome !== row.outcome;
  if (!isRefused && !isOther) return [];
  return [found("ended otherwise than answered", `${said}, answered ${action.outcome}`)];
}

async function checkStatuses({ client, answered }: Checked): Promise<readonly Violation[]> {
  const wanted = [...answered.statuses];
  const wrongIn = (rows: ReadonlyMap<string, string>) =>
    wanted.filter(([id, status]) => (rows.get(id) ?? "stopped") !== status);
  const look = async () => {
    const rows = await Array.fromAsync(client.agents());
    return new Map<string, string>(rows.map(({ agent_id, status }) => [agent_id, status]));
  };
  const rows = await settle(look, (seen) => wrongIn(seen).length === 0);
  for (const [agentId, status] of rows) {
    if (isKept(status)) answered.statuses.set(agentId, status);
  }
  return wrongIn(rows).map(([id, status]) =>
    found("agent in another status", `${id} is ${rows.get(id)}, not ${status}`),
  );
}

function isKept(status: string): status is RestStatus {
  return ["running", "paused", "stopped"].includes(status);
}

async function readAtRest(client: TroupeClient): Promise<readonly AgentView[]> {
  const look = () => Array.fromAsync(client.agents({ fields: "all" }));
  const still = ["paused", "stopped", "error"];
  return await settle(look, (rows) => rows.every(({ status }) => still.includes(status)));
}

/** Each interrupt was used once, or waits; what waited for an agent may have ended with it. */
function checkGuidance(
  row: AgentView,
  answered: AnsweredActions,
  ended: ReadonlyMap<string, ActionView>,
): readonly Violation[] {
  const waiting = row.pending_guidance.map(({ guidance }) => Number(guidance["n"]));
  const all = [...seenBy(row), ...waiting];
  const twice = all.filter((n, place) => all.indexOf(n) !== place);
  const has = new Set(all);
  const missing = [...answered.byId.values()].filter(
    ({ id, verb, agentId, n }) =>
      verb === "interrupt" &&
      agentId === row.agent_id &&
      ended.get(id)?.outcome === "done" &&
      !has.has(n) &&
      !MORTALS.includes(agentId),
  );
  return [
    ...twice.map((n) => found("interrupt applied twice", `${n} of ${row.agent_id}`)),
    ...missing.map((action) => found("interrupt lost", tell(action))),
  ];
}

function seenBy({ context }: AgentView): readonly number[] {
  return (context as { readonly seen: readonly number[] } | null)?.seen ?? [];
}

/** No step is missing or repeated, and the state is that of the newest one. */
async function checkSteps(client: TroupeClient, row: AgentView): Promise<readonly Violation[]> {
  const steps = await Array.fromAsync(client.steps(row.agent_id));
  const iterations = new Set(steps.map(({ iteration }) => iteration));
  const last = Math.max(0, ...iterations);
  const newest = steps.find(({ iteration }) => iteration === last);
  const violations: Violation[] = [];
  const say = (kind: ViolationKind, text: string) =>
    violations.push(found(kind, `${row.agent_id}: ${text}`));
  const repeated = steps.length - iterations.size;
  if (repeated > 0) say("stored step repeated", `${repeated} of ${last}`);
  if (iterations.size < last) say("step missing", `${last - iterations.size} of ${last}`);
  if (row.iteration !== last) {
    say("state and steps differ", `its row has step ${row.iteration}, the newest is ${last}`);
  }
  // The ledger's result names how much its context holds.
  const held = /, (\d+) seen$/.exec(newest?.result ?? "")?.[1];
  if (held !== undefined && Number(held) !== seenBy(row).length) {
    say("state and steps differ", `its row holds ${seenBy(row).length}, step ${last} had ${held}`);
  }
  return violations;
}
