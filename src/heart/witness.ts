/**
 * The witness of one process, from its start to its end: receives its reports, checks its signs of
 * life, and kills it if it has hung.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Message, News } from "./heart-link.ts";
import { logLine } from "./heart-log.ts";
import { readProcessState } from "./process-state.ts";
import type { ProcessExit } from "./restart-decision.ts";
import { Vigil, type VigilLimits } from "./vigil.ts";

/** Milliseconds for the last messages of a process that is gone. */
const LAST_WORDS_MS = 1_000;

/** What is known of a process that has ended, without its step marks. */
export interface Testimony extends Omit<ProcessExit, "inOwnCode"> {
  readonly pid: number | undefined;
  /** The last port that it listened on. */
  readonly port: number | undefined;
  /** The shard that it has had under leases. */
  readonly shard: number | undefined;
  /** Milliseconds without a sign of life, if it was killed for that. */
  readonly hungMs: number | undefined;
}

export class Witness {
  /** Called when the process has been asked to end. */
  onEnding: () => void = () => undefined;
  readonly #process: ChildProcess;
  readonly #limits: VigilLimits;
  readonly #vigil: Vigil;
  readonly #news = new Set<News>();
  #port: number | undefined;
  #shard: number | undefined;
  #hasHung = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param process just started, before its first message */
  constructor(process: ChildProcess, limits: VigilLimits) {
    this.#process = process;
    this.#limits = limits;
    this.#vigil = new Vigil(limits);
    process.on("message", (message) => this.#onMessage(message as Message));
  }

  /** Resolves once the process is gone and its reports have arrived. */
  async endOf(): Promise<Testimony> {
    this.#scheduleCheck();
    const end = await goneOf(this.#process);
    clearTimeout(this.#timer);
    const { checkMs, missedMax } = this.#limits;
    const news = this.#news;
    return {
      ...end,
      pid: this.#process.pid,
      port: this.#port,
      shard: this.#shard,
      hungMs: this.#hasHung ? checkMs * missedMax : undefined,
      hasServed: news.has("serving"),
      // A start that fails before it has its address seldom succeeds later.
      isRefused: end.signal === null && (news.has("refused") || this.#port === undefined),
      isEnding: news.has("ending"),
      isLockedOut: news.has("locked"),
      isDisplaced: news.has("displaced"),
    };
  }

  /** One check after the other: those missed while the machine slept are not made up for. */
  #scheduleCheck(): void {
    this.#timer = setTimeout(() => {
      const { pid } = this.#process;
      if (pid !== undefined && this.#vigil.check(readProcessState(pid))) {
        this.#hasHung = true;
        this.#process.kill("SIGKILL");
      } else {
        this.#scheduleCheck();
      }
    }, this.#limits.checkMs);
  }

  #onMessage(message: Message): void {
    if (typeof message !== "string") {
      if ("port" in message) this.#port = message.port;
      else if ("shard" in message) this.#shard = message.shard;
      else this.#vigil.sign(message.isInspected);
      return;
    }
    this.#news.add(message);
    if (message === "ending") this.onEnding();
  }
}

async function goneOf(started: ChildProcess): Promise<Pick<ProcessExit, "code" | "signal">> {
  try {
    const [code, signal] = await once(started, "exit");
    if (started.connected) {
      const giveUp = new AbortController();
      const timer = setTimeout(() => giveUp.abort(), LAST_WORDS_MS);
      await once(started, "disconnect", { signal: giveUp.signal }).catch(() => undefined);
      clearTimeout(timer);
    }
    return { code, signal };
  } catch (error) {
    // The machine has no room for another process.
    logLine(`the process could not be started: ${(error as Error).message}`);
    return { code: 1, signal: null };
  }
}
