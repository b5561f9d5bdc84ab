/**
 * What an agent's thread runs: connects the actor to its ports and ends the thread with it.
 * Invariant: loads no schema library, no id library and no native addon, because it is loaded a
 * thousand times and is killed at any moment.
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
 * How nice an agent's thread is to the others of the process: busy agents get the processor that main,
 * the store and the models leave, so that a fleet at its limit is steered as fast as an idle one.
 */
const NICENESS = 10;

giveWay();

const port = takePort();
const { control, stepMark, logBudget } = takeThreadData();

// Taken now: what the agent's code does to prototypes and globals later does not lead to the port.
const exit = process.exit.bind(process);
const post: (report: Report, transfer: Transferable[]) => void = port.postMessage.bind(port);
const send: Send = (report, transfer = []) => post(report, transfer);

const block = new ActorControl(control, stepMark && new StepMark(stepMark));
block.setThreadId(findThreadId());
countSharedMemory((bytes) => block.setSharedBytes(bytes));

const log = new ActorLog(send, logBudget && new LogBudget(logBudget));
const output = captureOutput(log.info, LOG_MESSAGE_CHARS_MAX);

const actor = new Actor({
  control: block,
  send,
  log,
  nameThread,
  flushOutput: () => output.flush(),
  // Timers and handles that the agent's code left behind do not hold the thread. What was sent
  // arrives all the same: it lies in the receiver's queue already.
  exit: (isFailure) => {
    // One turn later: not in the midst of the command that may have led here.
    setImmediate(exit, isFailure ? 1 : 0);
  },
});
exposeCommands(actor, port, () => block.countCommand());

/** Linux alone counts niceness by thread; elsewhere it would be that of the whole process. */
function giveWay(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // A container may forbid it; then all threads are alike.
  }
}

/** The operating system's id of this thread; 0 where it gives none. */
function findThreadId(): number {
  if (process.platform !== "linux") return 0;
  try {
    return Number(basename(readlinkSync("/proc/thread-self")));
  } catch {
    return 0;
  }
}

/** For `ps -T`, `top -H` and gdb, which show the end of the name: 15 bytes of it. */
function nameThread(agentId: string): void {
  if (process.platform !== "linux") return;
  try {
    writeFileSync("/proc/thread-self/comm", agentId.slice(-15));
  } catch {
    // A container may hide it.
  }
}

/** Moves the port out of reach: what the agent's code finds in its place is what main would find. */
function takePort(): MessagePort {
  const own = parentPort;
  if (own === null) throw new Error("this file is for worker threads");
  Reflect.set(process.getBuiltinModule("node:worker_threads"), "parentPort", null);
  syncBuiltinESMExports();
  return own;
}

/** Empties `workerData`, which the agent's code can import as well. */
function takeThreadData(): ThreadData {
  const data = { ...(workerData as ThreadData) };
  for (const key of Object.keys(workerData)) Reflect.deleteProperty(workerData, key);
  // An old way to every open handle of the thread.
  Reflect.deleteProperty(process, "_getActiveHandles");
  return data;
}
