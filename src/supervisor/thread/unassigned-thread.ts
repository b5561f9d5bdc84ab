/**
 * A bare thread: one that runs and has no agent yet, with all that leads into it.
 * Whoever gives it an agent owns it from then on.
 */

import { Worker } from "node:worker_threads";
import { MainControl } from "../../boundary/control-block.ts";
import type { ThreadData } from "../../boundary/protocol.ts";
import type { MarkPlace } from "../../boundary/step-marks.ts";
import { waitAtMost } from "../../deadline.ts";
import { threadEntry } from "../../entry-points.ts";

/** V8's own limits, in MiB: high, because meeting them would end the whole process. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 2 };

/** Those of this process that have not ended. */
const living = new Set<UnassignedThread>();

/**
 * Ends all threads that may have an agent, without their consent. Resolves with whether they have ended
 * in so many milliseconds: one in a long call into C++ has not.
 */
export async function endThreads(ms: number): Promise<boolean> {
  const ends = [...living].map((thread) => thread.discard());
  return (await waitAtMost(Promise.all(ends), ms)) !== undefined;
}

export interface UnassignedThreadOptions {
  /** The environment that the agent sees. */
  readonly env: Readonly<Record<string, string>>;
  /** The thread's record of step marks, its own until it has ended. */
  readonly stepMark?: MarkPlace | undefined;
  /** What all threads may log together, see log-budget.ts. */
  readonly logBudget?: SharedArrayBuffer | undefined;
}

export class UnassignedThread {
  readonly worker: Worker;
  readonly control = new MainControl();
  readonly stepMark: MarkPlace | undefined;
  /** Resolves when the thread runs, or has ended before. Never rejects. */
  readonly online: Promise<unknown>;
  #hasEnded = false;

  constructor({ env, stepMark, logBudget }: UnassignedThreadOptions) {
    this.stepMark = stepMark;
    const workerData: ThreadData = { control: this.control.buffer, stepMark, logBudget };
    this.worker = new Worker(threadEntry, {
      workerData,
      // What debuggers show. Node has no way to change it once the agent is known; the operating
      // system has, see `nameThread` in actor/thread.ts.
      name: "agent",
      env,
      execArgv: [],
      resourceLimits: RESOURCE_LIMITS,
      stdout: true,
      stderr: true,
    });
    // Whoever takes the thread listens as well; without a listener an error would end the process.
    this.worker.on("error", () => undefined);
    living.add(this);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.online = promise;
    this.worker.once("online", resolve);
    // One that is terminated at once never comes online.
    this.worker.once("exit", () => {
      living.delete(this);
      this.#hasEnded = true;
      resolve();
    });
    // The thread itself turns what its agent prints into log lines; whatever else comes is dropped.
    for (const stream of [this.worker.stdout, this.worker.stderr]) stream.resume();
  }

  /** True once it is of no use any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Ends a thread that nobody has given an agent. */
  async discard(): Promise<void> {
    await this.worker.terminate();
  }
}
