/** Waits for the ends of many actions, and prints each. */

import type { Fleet } from "../fleet/fleet.ts";
import type { ActionName } from "../model/actions/action-registry.ts";
import type { ActionView } from "../model/agent-view.ts";
import { toErrorData } from "../model/errors.ts";
import { exitCodeOfOutcome } from "./enqueue-verb.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { EnqueueOptions } from "./options.ts";
import { errorLine, note, print, printJson } from "./text/terminal-output.ts";

export interface QueuedAction {
  readonly action_id: string;
  readonly agent_id: string;
}

export interface BulkWait {
  readonly action: ActionName;
  readonly queued: readonly QueuedAction[];
  readonly options: EnqueueOptions;
}

/** The worst first. */
const severity: readonly ExitCode[] = [exitCodes.failed, exitCodes.rejected, exitCodes.timedOut];

/** Prints each end when it is known. The worst end is the command's. */
export async function waitForAll(
  fleet: Fleet,
  { action, queued, options: { wait = 0, output } }: BulkWait,
): Promise<ExitCode> {
  const codes = new Set<ExitCode>();
  const items: ActionView[] = [];
  for await (const [{ action_id, agent_id }, row] of readEnds(fleet, action, { queued, wait })) {
    codes.add(exitOf(row));
    if (row !== undefined) items.push(row);
    if (output !== "json") print(`${action_id} ${agent_id} ${row?.outcome ?? "pending"}`);
    if (row?.error && row.outcome !== "done") note(`${agent_id}: ${errorLine(row.error)}`);
  }
  if (output === "json") printJson({ items });
  const done = items.filter(({ outcome }) => outcome === "done").length;
  note(`${done} of ${queued.length} done`);
  return severity.find((code) => codes.has(code)) ?? exitCodes.ok;
}

interface Waiting {
  readonly queued: readonly QueuedAction[];
  /** Seconds. */
  readonly wait: number;
}

/** One after the other, while all of them are carried out; after the deadline the others as they are. */
async function* readEnds(
  fleet: Fleet,
  action: ActionName,
  { queued, wait }: Waiting,
): AsyncGenerator<readonly [QueuedAction, ActionView | undefined], void> {
  const deadline = performance.now() + wait * 1_000;
  for (const [n, one] of queued.entries()) {
    const row = await waitForOne(fleet, one.action_id, deadline - performance.now());
    if (row === undefined) {
      const left = queued.slice(n);
      const rows = await readRows(fleet, action, left);
      for (const each of left) yield [each, rows.get(each.action_id)];
      return;
    }
    yield [one, row];
  }
}

/** Undefined if it has not ended by then. */
async function waitForOne(
  fleet: Fleet,
  actionId: string,
  leftMs: number,
): Promise<ActionView | undefined> {
  if (leftMs <= 0) return undefined;
  try {
    return await fleet.actionWait(actionId, leftMs);
  } catch (thrown) {
    if (toErrorData(thrown).code !== "WAIT_TIMEOUT") throw thrown;
    return undefined;
  }
}

/** The actions as they are now, by id, read in pages. Ids grow with time. */
async function readRows(
  fleet: Fleet,
  action: ActionName,
  wanted: readonly QueuedAction[],
): Promise<ReadonlyMap<string, ActionView>> {
  const ids = new Set(wanted.map(({ action_id }) => action_id));
  const oldest = wanted[0]?.action_id ?? "";
  const rows = new Map<string, ActionView>();
  for await (const row of fleet.actions({ action })) {
    if (ids.has(row.id)) rows.set(row.id, row);
    if (rows.size === ids.size || row.id < oldest) break;
  }
  return rows;
}

function exitOf(row: ActionView | undefined): ExitCode {
  const outcome = row?.outcome ?? null;
  return outcome === null ? exitCodes.timedOut : exitCodeOfOutcome[outcome];
}
