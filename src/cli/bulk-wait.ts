/** Waits for the ends of many actions, and prints each. */

import type { Fleet } from "../fleet/fleet.ts";
import type { ActionName } from "../model/actions/action-registry.ts";
import type { ActionView } from "../model/agent-view.ts";
import { toErrorData } from "../model/errors.ts";
import { exitCodeOfOutcome } from "./enqueue-verb.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { EnqueueOptions } from "./options.ts";
import { errorLine, note, type OutputFormat, print, printJson } from "./text/terminal-output.ts";

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

/**
 * Prints each end when it is known. The worst end is the command's. If the wait fails, the ids of the
 * others are printed, because to repeat the command would enqueue them twice.
 */
export async function waitForAll(
  fleet: Fleet,
  { action, queued, options: { wait = 0, output } }: BulkWait,
): Promise<ExitCode> {
  const ends: End[] = [];
  try {
    for await (const end of readEnds(fleet, action, { queued, wait })) {
      ends.push(end);
      printEnd(end, output);
    }
  } catch (thrown) {
    const unread = queued.slice(ends.length);
    note(`the ends of ${unread.length} of ${queued.length} actions are not known; the wait failed`);
    if (output === "json") printJson({ items: rowsOf(ends), unread });
    else for (const { action_id, agent_id } of unread) print(`${action_id} ${agent_id}`);
    throw thrown;
  }
  const items = rowsOf(ends);
  if (output === "json") printJson({ items });
  const done = items.filter(({ outcome }) => outcome === "done").length;
  note(`${done} of ${queued.length} done`);
  const codes = new Set(ends.map(([, row]) => exitOf(row)));
  return severity.find((code) => codes.has(code)) ?? exitCodes.ok;
}

/** An action, and its row when it was read last, if it was found. */
type End = readonly [QueuedAction, ActionView | undefined];

function printEnd([{ action_id, agent_id }, row]: End, output: OutputFormat): void {
  if (output !== "json") print(`${action_id} ${agent_id} ${row?.outcome ?? "pending"}`);
  if (row?.error && row.outcome !== "done") note(`${agent_id}: ${errorLine(row.error)}`);
}

function rowsOf(ends: readonly End[]): readonly ActionView[] {
  return ends.flatMap(([, row]) => (row === undefined ? [] : [row]));
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
): AsyncGenerator<End, void> {
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

/** Actions of others that may have come after the wanted ones. */
const OTHERS_MAX = 10_000;

/** The actions as they are now, by id, read in pages, newest first. */
async function readRows(
  fleet: Fleet,
  action: ActionName,
  wanted: readonly QueuedAction[],
): Promise<ReadonlyMap<string, ActionView>> {
  const ids = new Set(wanted.map(({ action_id }) => action_id));
  const rows = new Map<string, ActionView>();
  let others = 0;
  for await (const row of fleet.actions({ action })) {
    if (ids.has(row.id)) rows.set(row.id, row);
    else others += 1;
    // Neither ids nor the clocks of others say where the wanted ones end.
    if (rows.size === ids.size || others === OTHERS_MAX) break;
  }
  return rows;
}

function exitOf(row: ActionView | undefined): ExitCode {
  const outcome = row?.outcome ?? null;
  return outcome === null ? exitCodes.timedOut : exitCodeOfOutcome[outcome];
}
