/**
 * An unassigned thread: one that has no agent yet, with its control block and step mark.
 * The child that gives it an agent owns it from then on.
 */

import { Worker } from "node:worker_threads";
import { MainControl } from "../../boundary/control-block.ts";
import type { ThreadCode, ThreadData } from "../../boundary/protocol.ts";
import type { MarkPlace } from "../../boundary/step-marks.ts";
import { waitAtMost } from "../../deadline.ts";
import { threadEntry, threadStart } from "../../entry-points.ts";
import type { ThreadRights } from "./thread-rights.ts";

/** V8's limits, in MiB: high, because V8 would end the whole process there. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 2 };

/** The threads of this process that have not ended. */
const living = new Set<UnassignedThread>();

/**
 * Terminates all threads that may have an agent. Resolves with whether they have ended within `ms`
 * milliseconds: one in a long call into C++ has not.
 */
export async function endThreads(ms: number): Promise<boolean> {
  const ends = [...living].map((thread) => thread.discard());
  return (await waitAtMost(Promise.all(ends), ms)) !== undefined;
}

export interface UnassignedThreadOptions {
  readonly rights: ThreadRights;
  /** The thread's record of step marks, until it has ended. */
  readonly stepMark?: MarkPlace | undefined;
  /** Shared by all threads, see log-budget.ts. */
  readonly logBudget?: SharedArrayBuffer | undefined;
  /** Left out: the thread loads its files itself. */
  readonly code?: ThreadCode | undefined;
}

export class UnassignedThread {
  readonly worker: Worker;
  readonly control = new MainControl();
  readonly stepMark: MarkPlace | undefined;
  /** Resolves when the thread runs, or has ended before. Never rejects. */
  readonly online: Promise<unknown>;
  #hasEnded = false;

  constructor({ rights, stepMark, logBudget, code }: UnassignedThreadOptions) {
    this.stepMark = stepMark;
    const workerData: ThreadData = { control: this.control.buffer, stepMark, logBudget, code };
    this.worker = new Worker(code === undefined ? threadEntry : threadStart, {
      workerData,
      // The title in debuggers. Node cannot change it once the agent is known; the operating
      // system has, see `nameThread` in actor/thread.ts.
      name: "agent",
      env: rights.env,
      execArgv: rights.mayLoadAddons === true ? [] : ["--no-addons"],
      resourceLimits: RESOURCE_LIMITS,
      stdout: true,
      stderr: true,
    });
    // The child has a listener too; without any an error would end the process.
    this.worker.on("error", () => undefined);
    living.add(this);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.online = promise;
    this.worker.once("online", resolve);
    // A thread that is terminated early never comes online.
    this.worker.once("exit", () => {
      living.delete(this);
      this.#hasEnded = true;
      resolve();
    });
    // The thread turns its agent's output into log lines itself; anything else is dropped.
    for (const stream of [this.worker.stdout, this.worker.stderr]) stream.resume();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Ends a thread whatever it runs. */
  async discard(): Promise<void> {
    await this.worker.terminate();
  }
}
