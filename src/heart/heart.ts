/**
 * The heart: runs the program as a process under this one and starts it again when it dies, see
 * verdict.ts for when. A signal that asks this process to stop is passed on, once.
 * Invariant: loads nothing but Node's own modules and small pure ones of ours, because it is there all
 * the time and stands before every start.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, ftruncateSync, openSync, unlinkSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readStepMarks } from "../actor/step-marks.ts";
import { describeDeaths, describeSuspects, suspectsOf } from "../model/safe-mode.ts";
import { openSecretsFile } from "../secrets.ts";
import { type News, type Orders, type StopOrder, UNDER_HEART_FLAG } from "./heart-link.ts";
import { SIGNAL_CODES, StopSignal } from "./stop-signal.ts";
import { DEATHS_LIMIT, judge, type Life, NO_PAST, type Past, type Verdict } from "./verdict.ts";

/** Number under which a process finds the file of step marks: after the standard three and the channel. */
const STEP_MARKS_FD = 4;
/** Milliseconds for the last words of a process that is gone already. */
const LAST_WORDS_MS = 1_000;

export interface HeartOptions {
  /** The program's first file. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
}

/** Resolves with the exit code of the whole, once no process runs and none shall. */
export function runUnderHeart(options: HeartOptions): Promise<number> {
  return new Heart(options).run();
}

class Heart {
  readonly #options: HeartOptions;
  /** Undefined where it cannot be made: nobody is suspected then, and all else goes on. */
  readonly #stepMarks = openStepMarks();
  /** Fires when the whole shall end. */
  readonly #ending = new AbortController();
  /** The process, while there is one. */
  #process: ChildProcess | undefined;
  #insistedCode: number | undefined;

  constructor(options: HeartOptions) {
    this.#options = options;
    // Never disposed of: a signal that comes after the last process has ended must not change the
    // exit code.
    new StopSignal({
      onAsked: (signal) => {
        this.#ending.abort();
        // Over the channel and not as a signal: Ctrl-C has reached it already, and twice insists.
        this.#process?.send(signal as StopOrder, () => undefined);
      },
      onInsisted: (signal) => {
        this.#insistedCode = SIGNAL_CODES[signal];
        this.#process?.kill("SIGKILL");
      },
    });
  }

  async run(): Promise<number> {
    let past = NO_PAST;
    for (;;) {
      const { pid, life } = await this.#live(past);
      const verdict = judge(past, life, performance.now(), Math.random());
      tell(pid, life, verdict);
      if (verdict.kind === "end") return this.#insistedCode ?? exitCodeOf(life);
      const { signal } = this.#ending;
      await delay(verdict.waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return 0;
      past = verdict.past;
    }
  }

  /** One process, from its start to its end. */
  async #live({
    safeMode,
  }: Past): Promise<{ readonly pid: number | undefined; readonly life: Life }> {
    const stepMarks = this.#stepMarks;
    if (stepMarks !== undefined) ftruncateSync(stepMarks);
    const started = this.#spawn({
      stepMarksFd: stepMarks === undefined ? null : STEP_MARKS_FD,
      safeMode: safeMode ?? null,
    });
    this.#process = started;
    const news = new Set<News>();
    started.on("message", (word) => news.add(word as News));
    const end = await endOf(started);
    this.#process = undefined;
    const life: Life = {
      ...end,
      hasServed: news.has("serving"),
      isEnding: news.has("ending") || this.#ending.signal.aborted,
      isLockedOut: news.has("locked"),
      inOwnCode: stepMarks === undefined ? { inStep: [], starting: [] } : readStepMarks(stepMarks),
    };
    return { pid: started.pid, life };
  }

  /** In the same group of processes and on the same terminal: it prints as if it were this one. */
  #spawn(orders: Orders): ChildProcess {
    const { program, args } = this.#options;
    const given = [...process.execArgv, program, ...args, UNDER_HEART_FLAG, JSON.stringify(orders)];
    const secrets = openSecretsFile();
    const started = spawn(process.execPath, given, {
      stdio: [secrets ?? "inherit", "inherit", "inherit", "ipc", this.#stepMarks ?? "ignore"],
    });
    if (secrets !== undefined) closeSync(secrets);
    return started;
  }
}

/** A file without a name, gone with the last process that has it open. */
function openStepMarks(): number | undefined {
  try {
    const path = join(tmpdir(), `troupe-heart-${randomUUID()}`);
    const fd = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return fd;
  } catch {
    return undefined;
  }
}

/** Resolves once the process is gone and what it has said is heard. */
async function endOf(started: ChildProcess): Promise<Pick<Life, "code" | "signal">> {
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
    say(`no process could be started: ${(error as Error).message}`);
    return { code: 1, signal: null };
  }
}

function tell(pid: number | undefined, life: Life, verdict: Verdict): void {
  const name = `process ${pid ?? "?"}`;
  const { code, signal } = life;
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
  if (verdict.kind === "end") {
    if (verdict.isGivenUp) say(`${name} ${how}; this happens again and again, so it is given up`);
    return;
  }
  const { past, waitMs } = verdict;
  say(`${name} ${how}; it starts again in ${(waitMs / 1_000).toFixed(1)} s${countOf(past)}`);
  if (past.safeMode !== undefined) say(`SAFE_MODE: ${describeDeaths(past.safeMode)}`);
}

function countOf({ deaths, safeMode, failedStarts }: Past): string {
  if (failedStarts > 0) return "";
  if (safeMode !== undefined) return ", in safe mode: all agents come back paused";
  const { restartsMax, windowMs } = DEATHS_LIMIT;
  const count = `death ${deaths.length} of ${restartsMax} within ${windowMs / 60_000} min`;
  const named = suspectsOf(deaths.map(({ inOwnCode }) => inOwnCode));
  return named.suspects.length === 0 ? ` (${count})` : ` (${count}; ${describeSuspects(named)})`;
}

function exitCodeOf({ code, signal }: Life): number {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}

function say(line: string): void {
  process.stderr.write(`troupe: ${line}\n`);
}
