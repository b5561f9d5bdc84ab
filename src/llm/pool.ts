/**
 * The threads that call models: a Piscina pool. Tasks are never aborted through Piscina, which would end
 * the thread with all its other calls; closing a call's port ends that call.
 */

import { randomUUID } from "node:crypto";
import { BroadcastChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { waitAtMost } from "../deadline.ts";
import { llmWorkerEntry } from "../entry-points.ts";
import { defined } from "../model/defined.ts";
import type { CallEnd, CallTask } from "./call-task.ts";
import { LLM_CONCURRENCY_MAX } from "./model-client.ts";
import type * as WorkerModule from "./worker.ts";

/** A call costs about half a millisecond of JavaScript; the second thread is for when one dies. */
const THREADS = 2;
/** Milliseconds for aborted calls before their threads are terminated. */
const CLOSE_MS = 1_000;

/**
 * Piscina requires the module before it tries to import it. Node aborts the process if a thread is
 * terminated while it requires an ES module (`CreateRequiredModuleFacade`), and this flag refuses that
 * at once, so that the module is imported.
 */
const threadFlags = ["--no-require-module"];

type RunOptions = NonNullable<Parameters<Piscina["run"]>[1]>;

export interface CallPool {
  /** Transfers the call and its port. Rejects when the call's thread dies. */
  run(task: Omit<CallTask, "abortChannel">): Promise<CallEnd>;
  /** Aborts all calls, so that no more tokens are paid for, and ends the threads. */
  close(): Promise<void>;
}

/**
 * Starts the threads and waits until one of them has loaded BAML.
 * @param env the environment of the threads; needs no key
 * @param signal ends threads that are still loading
 * @throws what BAML threw when it was loaded
 */
export async function openPool(
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<CallPool> {
  const abortChannel = `troupe-llm-${randomUUID()}`;
  const piscina = new Piscina<CallTask, CallEnd>({
    filename: llmWorkerEntry.href,
    minThreads: THREADS,
    maxThreads: THREADS,
    // The gateway limits the calls in flight; each thread has room for all of them.
    concurrentTasksPerWorker: LLM_CONCURRENCY_MAX,
    maxQueue: LLM_CONCURRENCY_MAX,
    // A thread between two tasks must keep its event loop turning, for the calls that wait there.
    atomics: "disabled",
    recordTiming: false,
    // A call's native memory is freed with the next collection: make that frequent.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
    env: { ...env },
    execArgv: threadFlags,
  });
  // A thread that dies without a call is replaced; the end of a call is reported by its promise.
  piscina.on("error", () => undefined);
  await load(piscina, signal);
  const running = new Set<Promise<unknown>>();
  return {
    async run(task) {
      // Piscina's type wants structuredClone's options, but Piscina takes the list itself.
      const ports = task.tapPort === undefined ? [task.port] : [task.port, task.tapPort];
      const transferList = ports as unknown as NonNullable<RunOptions["transferList"]>;
      const call = piscina.run({ ...task, abortChannel }, { transferList });
      running.add(call);
      try {
        return await call;
      } finally {
        running.delete(call);
      }
    },
    async close() {
      const channel = new BroadcastChannel(abortChannel);
      channel.postMessage("abort");
      await waitAtMost(Promise.allSettled(running), CLOSE_MS);
      channel.close();
      await piscina.destroy();
    },
  };
}

async function load(piscina: Piscina<CallTask, CallEnd>, signal?: AbortSignal): Promise<void> {
  const name = "loaded" satisfies keyof typeof WorkerModule;
  const broken = Promise.withResolvers<never>();
  // Piscina makes no further thread once one has failed to load its module, and leaves the task waiting.
  piscina.once("error", broken.reject);
  try {
    const loaded = piscina.run(undefined as never, { name, ...defined({ signal }) });
    await Promise.race([loaded, broken.promise]);
  } catch (cause) {
    // Not awaited: a thread that is in a native library ends with that.
    piscina.destroy().catch(() => undefined);
    throw cause;
  } finally {
    piscina.off("error", broken.reject);
  }
}
