/**
 * Asks the inspector's thread, which is made for the first question and ends after a while without any:
 * then its sessions end, and with them whatever they had started.
 */

import { rm } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { inspectorEntry } from "../../entry-points.ts";
import { messageOf } from "../../model/errors.ts";
import type { Child } from "../thread/child.ts";
import {
  type Answers,
  type InspectorAnswer,
  type InspectorData,
  InspectorError,
  type InspectorStop,
  type Question,
} from "./inspector-protocol.ts";

/** Milliseconds after the last answer: the next question within it attaches to no thread again. */
const IDLE_MS = 30_000;
const MEMORY_MB_MAX = 1_024;

interface OpenQuestion {
  readonly worker: Worker;
  readonly settle: (answer: InspectorAnswer) => void;
  /** The thread is about to stop, or continues. */
  readonly onStop: (stops: boolean) => void;
}

export class ThreadInspector implements AsyncDisposable {
  #worker: Worker | undefined;
  readonly #open = new Map<number, OpenQuestion>();
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  /**
   * Only one question at a time may stop a thread. What does so is in a hold, which starts a message before
   * the stop and ends a message after it: later only if the inspector adds up another snapshot meanwhile.
   * @param signal fires if nobody waits for the answer any longer; the promise then settles soon
   * @throws {InspectorError}
   */
  async ask<Q extends Question>(
    { threadId, hold }: Pick<Child, "threadId" | "hold">,
    question: Q,
    signal: AbortSignal,
  ): Promise<Answers[Q["kind"]]> {
    const id = ++this.#lastId;
    const worker = this.#start();
    const { promise, resolve } = Promise.withResolvers<InspectorAnswer>();
    let stop: Disposable | undefined;
    const onStop = (stops: boolean) => {
      stop?.[Symbol.dispose]();
      stop = stops ? hold.begin() : undefined;
      if (stops) worker.postMessage({ id, mayStop: true });
    };
    this.#open.set(id, { worker, settle: resolve, onStop });
    const cancel = () => worker.postMessage({ id, cancel: true });
    worker.postMessage({ id, threadId, question });
    if (signal.aborted) cancel();
    signal.addEventListener("abort", cancel);
    try {
      const answer = await promise;
      if ("fault" in answer) throw new InspectorError(answer.fault, answer.message);
      return answer.answer as Answers[Q["kind"]];
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#open.delete(id);
      onStop(false); // it may have ended silently
      this.#endWhenIdle();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    this.#worker ??= this.#make();
    return this.#worker;
  }

  #make(): Worker {
    const workerData = { heapFolder: heapFolder(process.pid) } satisfies InspectorData;
    const worker = new Worker(inspectorEntry, {
      name: "inspector",
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX },
    });
    worker.unref();
    let why = "the inspector's thread has ended";
    worker.on("message", (message: InspectorAnswer | InspectorStop) => {
      const open = this.#open.get(message.id);
      if ("stops" in message) open?.onStop(message.stops);
      else open?.settle(message);
    });
    worker.on("error", (error) => {
      why = `the inspector's thread failed: ${messageOf(error)}`;
    });
    worker.once("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const [id, open] of this.#open) {
        if (open.worker === worker) open.settle({ id, fault: "failed", message: why });
      }
      // A snapshot has all that the agent's thread had.
      rm(workerData.heapFolder, { recursive: true, force: true }, () => undefined);
    });
    return worker;
  }

  #endWhenIdle(): void {
    if (this.#open.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = undefined;
      void worker?.terminate();
    }, IDLE_MS).unref();
  }
}

let lastFolder = 0;

/** Not made yet. Each inspector has its own, because an ended one may still be removing its folder. */
function heapFolder(pid: number): string {
  lastFolder += 1;
  return join(tmpdir(), `troupe-heap-${pid}-${Date.now()}-${lastFolder}`);
}
