/**
 * The code of an agent's thread: connects the actor to its ports and ends the thread with it.
 * Invariant: loads no schema library, no id library and no native add-on, because it is loaded a
 * thousand times and may be killed at any moment.
 */

import { readlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setPriority } from "node:os";
import { basename } from "node:path";
import { setImmediate } from "node:timers";
import { type MessagePort, parentPort, type Transferable, workerData } from "node:worker_threads";
import { exposeCommands } from "../boundary/command-port.ts";
import { ActorControl } from "../boundary/control-block.ts";
import { LogBudget } from "../boundary/log-budget.ts";
import type { Report, ThreadData } from "../boundary/protocol.ts";
import { StepMark } from "../boundary/step-marks.ts";
import { LOG_MESSAGE_CHARS_MAX } from "../model/limits.ts";
import { Actor, type Send } from "./actor.ts";
import { ActorLog } from "./actor-log.ts";
import { captureOutput } from "./printed-output.ts";
import { countSharedMemory } from "./shared-memory.ts";

/**
 * Niceness of an agent's thread: busy agents get the processor time that main, the store and the models
 * leave, so that a fleet at its limit is steered as fast as an idle one.
 */
const NICENESS = 10;

giveWay();

const port = takePort();
const { control, stepMark, logBudget, runner } = takeThreadData();

// Kept now: later changes of prototypes and globals by the agent's code do not reach the port.
const exit = process.exit.bind(process);
const post: (report: Report, transfer: Transferable[]) => void = port.postMessage.bind(port);
const soon = setImmediate;
let afterStep = runner?.onStepped;
const send: Send = (report, transfer = []) => {
  post(report, transfer);
  if (afterStep === undefined || report.kind !== "step") return;
  soon(afterStep);
  afterStep = undefined;
};

const block = new ActorControl(control, stepMark && new StepMark(stepMark));
block.setThreadId(findThreadId());
countSharedMemory((bytes) => block.setSharedBytes(bytes));

const log = new ActorLog(send, logBudget && new LogBudget(logBudget));
const output = captureOutput(log.info, LOG_MESSAGE_CHARS_MAX);

const actor = new Actor({
  control: block,
  send,
  log,
  importModule: runner?.importModule,
  nameThread,
  flushOutput: () => output.flush(),
  // Timers and handles of the agent's code do not hold the thread. Sent reports still arrive: they are
  // in the receiver's queue already.
  exit: (isFailure) => {
    // One turn later: not within the command that may have led here.
    setImmediate(exit, isFailure ? 1 : 0);
  },
});
exposeCommands(actor, port, { send, onTaken: () => block.countCommand() });

/** Only Linux counts niceness by thread; elsewhere it would be that of the whole process. */
function giveWay(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // A container may forbid it; then all threads are equal.
  }
}

/** The operating system's id of this thread; 0 if unknown. */
function findThreadId(): number {
  if (process.platform !== "linux") return 0;
  try {
    return Number(basename(readlinkSync("/proc/thread-self")));
  } catch {
    return 0;
  }
}

/** For `ps -T`, `top -H` and gdb, which show 15 bytes: the end of the id. */
function nameThread(agentId: string): void {
  if (process.platform !== "linux") return;
  try {
    writeFileSync("/proc/thread-self/comm", agentId.slice(-15));
  } catch {
    // A container may hide the file.
  }
}

/** Removes the port from the agent's reach: its code finds null, as on the main thread. */
function takePort(): MessagePort {
  const own = parentPort;
  if (own === null) throw new Error("this file is for worker threads");
  Reflect.set(process.getBuiltinModule("node:worker_threads"), "parentPort", null);
  syncBuiltinESMExports();
  return own;
}

/** Empties `workerData`, which the agent's code can import too. */
function takeThreadData(): ThreadData {
  const data = { ...(workerData as ThreadData) };
  for (const key of Object.keys(workerData)) Reflect.deleteProperty(workerData, key);
  // A deprecated way to every open handle of the thread.
  Reflect.deleteProperty(process, "_getActiveHandles");
  return data;
}
