/** `troupe start`: runs the fleet in this process, until a signal or the heart above it ends it. */

import { url as inspectorUrl } from "node:inspector";
import { setTimeout as delay } from "node:timers/promises";
import { HeartLink, type Orders } from "../heart/heart-link.ts";
import { isUnderNohup, watchRunner } from "../heart/launch.ts";
import { leave } from "../heart/leave.ts";
import { SIGNAL_CODES, StopSignal } from "../heart/stop-signal.ts";
import type { Troupe } from "../main.ts";
import type { TroupeEvent } from "../model/event.ts";
import type { Settings } from "../settings/config.ts";
import type { SettingKey } from "../settings/settings.ts";
import { readSettings } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { type Started, startReported } from "./reported-start.ts";
import { plainLine } from "./text/plain-text.ts";
import { print } from "./text/terminal-output.ts";

/** Texts of the flags given, by the setting's name in the program. */
type SettingFlags = { readonly [K in SettingKey]?: string };

export interface StartOptions extends SettingFlags {
  /** False with `--no-heart`, which the launcher has already handled. */
  readonly heart?: boolean;
  /** Reloads changed code of agents, and restarts its agents. */
  readonly watch?: true;
  /** Takes the database from a process that may still run it. */
  readonly takeover?: true;
  /** Set by the heart that has started this process. */
  readonly underHeart?: Orders;
}

/** Milliseconds that a start may take after a stop was requested. */
const START_MS = 10_000;
/** Milliseconds to close what is open once all is stored, and then for threads to end. */
const CLOSE_MS = 10_000;
/** Milliseconds to close what is open if the database does not accept commits. */
const CLOSE_MS_UNSTORED = 1_000;
const THREADS_END_MS = 3_000;
/** Milliseconds for threads to end after a second signal. */
const INSISTED_MS = 2_000;

/** Milliseconds for a lease to be confirmed after the database was lost. */
const CONFIRM_MS = 1_000;

/** Agents up to which the log shows the results of steps at its usual level. */
const RESULTS_AGENTS_MAX = 20;

type Log = Parameters<typeof import("../main.ts").startTroupe>[1];

/**
 * Ends with exit code 0 after SIGINT, SIGTERM or SIGHUP, once every agent has stopped at a step boundary.
 * @throws {TroupeError} as `startTroupe` and `loadSettings`.
 */
export async function start(options: StartOptions): Promise<ExitCode> {
  const { underHeart, heart: _, watch, takeover, ...flags } = options;
  const settings = await readSettings(flags, false);
  const { createLog, isTextLog } = await import("../log.ts");
  const log = createLog(settings);
  const printLine = isTextLog(settings) ? print : printAsLog(log);
  for (const warning of settings.warnings) log.warn(warning);
  using stop = new StopSignal({
    onRequested: (why) =>
      log.info(`${why}: agents stop after their step; a second signal exits immediately`),
    onInsisted: (signal) => void endNow(SIGNAL_CODES[signal]),
    ignoresHangUp: underHeart?.ignoresHangUp ?? isUnderNohup(),
  });
  using heart = underHeart && new HeartLink((why) => stop.request(why));
  // Even if the start fails afterwards.
  stop.requested.then(
    () => heart?.send("ending"),
    () => undefined,
  );
  using _runner = underHeart ? undefined : watchRunner((why) => stop.request(why));
  const startEnded = new AbortController();
  stop.requested.then(
    () => leaveUnlessStarted(startEnded.signal, log),
    () => undefined,
  );
  const parts = { settings, log, orders: underHeart, heart, stop };
  const started = await startReported(parts, takeover === true);
  if (started === undefined) {
    printLine("Troupe has stopped; it was a spare");
    return exitCodes.ok;
  }
  startEnded.abort();
  const { troupe, place } = started;
  logSteps(troupe, log);
  using _watch = watch === true ? await watchAgents(troupe, settings, log) : undefined;
  heart?.send("serving");
  if (underHeart) heart?.giveSigns(underHeart.signMs);
  announce(troupe, place, printLine);
  const lost = await Promise.race([stop.requested, troupe.lost]);
  if (lost !== undefined) await leaveLost(started, lost, { heart, log });
  const isClosed = await closeInTime(troupe, log);
  printLine("Troupe has stopped; running agents continue at the next start");
  if (!isClosed) leave(exitCodes.ok);
  endInTime(log);
  return exitCodes.ok;
}

/** Nothing is closed: another process owns the database now. */
async function leaveLost(
  { lease }: Started,
  lost: unknown,
  { heart, log }: { readonly heart: HeartLink | undefined; readonly log: Log },
): Promise<never> {
  const isOwn = Promise.race([lease?.isConfirmed(), delay(CONFIRM_MS, false, { ref: false })]);
  // Otherwise the heart would restart this process again and again. Under leases it waits then, unless
  // the other process has come without the lease.
  heart?.send(lease === undefined || (await isOwn) ? "locked" : "displaced");
  log.fatal({ err: lost }, "this process no longer runs the agents of its database; it exits");
  return leave(exitCodes.failed);
}

async function watchAgents(troupe: Troupe, { agents, baml, db, local }: Settings, log: Log) {
  const paths = [agents, baml].filter((path) => path !== null);
  if (paths.length === 0) {
    log.warn("--watch has nothing to watch: there is neither TROUPE_AGENTS nor TROUPE_BAML");
  }
  const { watchCode } = await import("../code-watch.ts");
  const { queue, supervisor } = troupe;
  const code = {
    apart: [db, ...(local === null ? [] : [local])],
    queue,
    log,
    types: () => troupe.types().map(({ name, files = [] }) => ({ name, files })),
    agents: () =>
      [...supervisor.agents.values()].map(({ record: { id, row } }) => ({
        id,
        type: row.agent_type,
      })),
  };
  const watches = new DisposableStack();
  for (const path of paths) {
    watches.use(watchCode({ ...code, path, followsTypes: path === agents }));
  }
  return watches;
}

/** A start may wait for a store that never answers. The agents that it has started end as after a crash. */
async function leaveUnlessStarted(started: AbortSignal, log: Log): Promise<void> {
  await delay(START_MS, undefined, { signal: started, ref: false }).catch(() => undefined);
  if (started.aborted) return;
  log.warn("the start did not end in time; the process ends without it");
  leave(exitCodes.ok);
}

/** Exits, and waits only briefly for threads. */
async function endNow(code: number): Promise<never> {
  const { endThreads } = await import("../supervisor/thread/unassigned-thread.ts");
  if (await endThreads(INSISTED_MS)) process.exit(code);
  return leave(code);
}

/** Closes all; false if it was not closed in time after everything was stored. */
async function closeInTime(troupe: Troupe, log: Log): Promise<boolean> {
  const closed = troupe.close().then(() => true);
  const isWritable = () => troupe.health.isWritable;
  const overdue = troupe.stored.then(() =>
    delay(isWritable() ? CLOSE_MS : CLOSE_MS_UNSTORED, false, { ref: false }),
  );
  if (await Promise.race([closed, overdue])) return true;
  log.warn(
    isWritable()
      ? `all is stored, but not all was closed within ${CLOSE_MS / 1_000} s; the process ends`
      : "the database does not answer; agents continue from what is stored, and the process ends",
  );
  return false;
}

/** The process ends on its own, unless a thread is in a long call into C++ or at a breakpoint. */
function endInTime(log: Log): void {
  setTimeout(() => {
    log.warn(
      `a thread did not end within ${THREADS_END_MS / 1_000} s, in a long call or at a breakpoint; the process ends without it`,
    );
    leave(exitCodes.ok);
  }, THREADS_END_MS).unref();
  // Node would wait for a debugger to let go.
  process.once("exit", () => inspectorUrl() !== undefined && leave(exitCodes.ok));
}

/** Prints a line whatever the log's level. */
type PrintLine = (line: string) => void;

function printAsLog(log: Log): PrintLine {
  const always = log.child({}, { level: "info" });
  return (line) => always.info(line);
}

function announce({ model, server }: Troupe, settings: Settings, printLine: PrintLine): void {
  printLine(`Troupe serves at ${server.url}/?token=${server.token}`);
  printLine(`database  ${settings.db}`);
  printLine(`model     ${model}`);
}

/** Logs every stored step, including those since the start of the process. */
function logSteps({ events, supervisor }: Troupe, log: Log): void {
  let areMany = false;
  const levelOfResults = () => {
    const have = supervisor.agents.size;
    if (!areMany && have > RESULTS_AGENTS_MAX) {
      log.info(`${have} agents run: results of steps are logged at level debug`);
    }
    areMany = have > RESULTS_AGENTS_MAX;
    return areMany ? "debug" : "info";
  };
  const logStep = (event: TroupeEvent) => {
    if (event.type !== "agent.step") return;
    const { agent_id, status, result, error, iteration } = event.data;
    if (status === "ok") {
      log[levelOfResults()](`[${agent_id}] ${plainLine(result ?? "")}`);
    } else {
      const why = error === null ? "" : `: ${error.code}: ${plainLine(error.message)}`;
      log.warn(`[${agent_id}] step ${iteration} ended with ${status}${why}`);
    }
  };
  for (const event of events.since(0) ?? []) logStep(event);
  events.subscribe(logStep);
}
