/**
 * Answers questions about a thread over its inspector. Each works while the thread runs in a loop: V8
 * handles the requests when it is interrupted, in the middle of the thread's own code.
 *
 * A stack is that of an error which is thrown in such an interrupt: its calls are the interrupted ones,
 * and V8 itself describes them, whatever the agent has done to `Error`. Rejected: a debugger's pause
 * (worker-sessions.ts); a processor profile in its place, which does not name a function that was running
 * before it began.
 *
 * The thread writes a heap snapshot to a file itself, and the inspector's thread adds it up. Rejected: a
 * snapshot over the inspector, which V8 takes only when the stack is empty, which it never is in a loop;
 * `worker.getHeapSnapshot()`, which is written out on the main thread.
 */

import { mkdir, mkdtemp, readFile, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { workerData } from "node:worker_threads";
import type { StackFrame } from "../../model/agent-inside.ts";
import { isObject } from "../../model/parse-json.ts";
import {
  type Answers,
  type InspectorData,
  InspectorError,
  type Question,
} from "./inspector-protocol.ts";
import { summarizeSnapshot } from "./snapshot-summary.ts";
import { type CallFrame, toFrame } from "./source-places.ts";
import type { WorkerSession } from "./worker-sessions.ts";

/** Milliseconds for an answer that costs the thread next to nothing. */
const ANSWER_MS_MAX = 2_000;
/** Milliseconds for a profile's data, and for a heap snapshot. */
const DATA_MS_MAX = 15_000;
const SNAPSHOT_MS_MAX = 60_000;
/** Calls of a stack that are kept. */
const FRAMES_MAX = 50;
/** Characters of a profile. */
const PROFILE_CHARS_MAX = 32 * 2 ** 20;
const SNAPSHOT_BYTES_MAX = 256 * 2 ** 20;
/** Least microseconds between two samples of the processor, and the most samples of a profile. */
const CPU_INTERVAL_MIN = 1_000;
const SAMPLES_MAX = 10_000;
/** Bytes between two samples of the heap. */
const HEAP_INTERVAL = 16_384;

export interface AnswerOptions {
  /** Ends a profile early. */
  readonly signal: AbortSignal;
  /** Runs what stops the thread. */
  readonly whileStopped: <R>(look: () => Promise<R>) => Promise<R>;
}

/** @throws {InspectorError} */
export function answerQuestion(
  session: WorkerSession,
  question: Question,
  { signal, whileStopped }: AnswerOptions,
): Promise<Answers[Question["kind"]]> {
  switch (question.kind) {
    case "stack":
      return readStack(session);
    case "cpu_profile":
      return takeCpuProfile(session, question.ms, signal);
    case "heap_profile":
      return takeHeapProfile(session, question.ms, signal);
    case "heap_summary":
      return readHeap(session, whileStopped);
  }
}

async function readStack(session: WorkerSession): Promise<readonly StackFrame[]> {
  session.notify("Runtime.enable"); // else V8 keeps no stack of an error that nobody catches
  try {
    const expression = { expression: "throw 0", silent: true };
    const { exceptionDetails } = await session.ask("Runtime.evaluate", expression, ANSWER_MS_MAX);
    const trace = isObject(exceptionDetails) ? exceptionDetails["stackTrace"] : undefined;
    const calls = isObject(trace) ? (trace["callFrames"] as readonly CallFrame[]) : [];
    // The first is the expression itself.
    return await Promise.all(calls.slice(1, FRAMES_MAX + 1).map(toFrame));
  } finally {
    session.notify("Runtime.disable");
  }
}

async function takeCpuProfile(
  session: WorkerSession,
  ms: number,
  signal: AbortSignal,
): Promise<string> {
  session.notify("Profiler.enable");
  try {
    const interval = {
      interval: Math.max(CPU_INTERVAL_MIN, Math.ceil((ms * 1_000) / SAMPLES_MAX)),
    };
    await session.ask("Profiler.setSamplingInterval", interval, ANSWER_MS_MAX);
    await session.ask("Profiler.start", {}, ANSWER_MS_MAX);
    await pause(ms, signal);
    const { profile } = await session.ask("Profiler.stop", {}, DATA_MS_MAX);
    return toText(profile);
  } finally {
    // Ends a profile that runs, too.
    session.notify("Profiler.disable");
  }
}

async function takeHeapProfile(
  session: WorkerSession,
  ms: number,
  signal: AbortSignal,
): Promise<string> {
  try {
    const interval = { samplingInterval: HEAP_INTERVAL };
    await session.ask("HeapProfiler.startSampling", interval, ANSWER_MS_MAX);
    await pause(ms, signal);
    const { profile } = await session.ask("HeapProfiler.stopSampling", {}, DATA_MS_MAX);
    return toText(profile);
  } finally {
    session.notify("HeapProfiler.disable");
  }
}

async function readHeap(
  session: WorkerSession,
  whileStopped: AnswerOptions["whileStopped"],
): Promise<Answers["heap_summary"]> {
  const { heapFolder } = workerData as InspectorData;
  await mkdir(heapFolder, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(heapFolder, "one-"));
  const path = join(folder, "heap.json");
  try {
    const expression = `process.getBuiltinModule("node:v8").writeHeapSnapshot(${JSON.stringify(path)})`;
    const evaluated = { expression, silent: true };
    const { exceptionDetails } = await whileStopped(() =>
      session.ask("Runtime.evaluate", evaluated, SNAPSHOT_MS_MAX),
    );
    const { size } = await stat(path).catch(() => ({ size: undefined }));
    if (exceptionDetails !== undefined || size === undefined) {
      throw new InspectorError("failed", "the thread could not write its heap snapshot");
    }
    if (size > SNAPSHOT_BYTES_MAX) throw tooLarge(size, SNAPSHOT_BYTES_MAX);
    return summarizeSnapshot(await readFile(path));
  } finally {
    // A thread that is late finds no folder to write to.
    await rm(folder, { recursive: true, force: true });
    // Another snapshot may be in it.
    await rmdir(heapFolder).catch(() => undefined);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

function toText(profile: unknown): string {
  const text = JSON.stringify(profile);
  if (text.length > PROFILE_CHARS_MAX) throw tooLarge(text.length, PROFILE_CHARS_MAX);
  return text;
}

function tooLarge(size: number, max: number): InspectorError {
  const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  return new InspectorError("too_large", `it has ${mib(size)}, more than ${mib(max)}`);
}
