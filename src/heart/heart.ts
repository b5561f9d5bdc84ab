/**
 * The heart: runs the program in a child process and starts it again when it dies (restart-decision.ts).
 * A signal to stop is passed on, once.
 * Invariant: loads nothing but Node's own modules and small pure ones of ours, because it delays every
 * start and stays in memory.
 *
 * The supervisor contains a fault that ends one thread, a parent that loads no packages one that ends the
 * process. After too many deaths agents come back paused, and a file that both processes have open names the
 * suspect. Rejected: reporting running steps to the heart by messages, which never names an agent that kills
 * the process at its first line.
 *
 * A process whose heart is gone drains: otherwise it would hold the lock and never be restarted.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync, openSync, unlinkSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readStepMarks } from "../boundary/step-marks.ts";
import { describeDeaths, describeSuspects, type OwnCode, suspectsOf } from "../model/safe-mode.ts";
import { openSecretsFile } from "../secrets.ts";
import { allocatorSettings } from "./allocator.ts";
import { type Orders, TAKEOVER_FLAG, UNDER_HEART_FLAG } from "./heart-link.ts";
import { logLine } from "./heart-log.ts";
import { isUnderNohup, watchRunner } from "./launch.ts";
import {
  type CrashHistory,
  DEATHS_LIMIT,
  decide,
  NO_CRASHES,
  type ProcessExit,
  type RestartDecision,
} from "./restart-decision.ts";
import { SIGNAL_CODES, StopSignal } from "./stop-signal.ts";
import { VIGIL_LIMITS, type VigilLimits } from "./vigil.ts";
import { type Testimony, Witness } from "./witness.ts";

/** Descriptor of the file of step marks: after the standard three and the channel. */
const STEP_MARKS_FD = 4;

export interface HeartOptions {
  /** The program's first file. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** In place of {@link VIGIL_LIMITS}. */
  readonly vigil?: VigilLimits;
}

interface Story extends Testimony {
  readonly life: ProcessExit;
}

/** Whose own code ran at a death, if there are no step marks. */
const NOBODY: OwnCode = { inStep: [], starting: [] };

/** Resolves with the exit code once no process runs and none will be started. */
export function runUnderHeart(options: HeartOptions): Promise<number> {
  return new Heart(options).run();
}

class Heart {
  readonly #options: HeartOptions;
  /** Undefined if it cannot be made: then no agent is suspected. */
  readonly #stepMarks = openStepMarks();
  /** Fires when no further process must be started. */
  readonly #ending = new AbortController();
  /** The process, while there is one. */
  #process: ChildProcess | undefined;
  readonly #ignoresHangUp = isUnderNohup();
  #insistedCode: number | undefined;
  /** Of all processes of this heart: one that is restarted has its predecessor's lease. */
  readonly #holder = randomUUID();
  /** The shard that was run last; undefined once another process has it. */
  #shard: number | undefined;
  /** The port that was used last. */
  #port: number | undefined;
  /** True once a process has served, and so had the database. */
  #hasServed = false;
  // Never disposed of: a signal after the last process's end must not change the exit code.
  readonly #stop: StopSignal;

  constructor(options: HeartOptions) {
    this.#options = options;
    this.#stop = new StopSignal({
      ignoresHangUp: this.#ignoresHangUp,
      onRequested: (why) => {
        this.#ending.abort();
        // Not as a signal: Ctrl-C has reached the process already, and a second one insists.
        this.#process?.send(why, () => undefined);
      },
      onInsisted: (signal) => {
        this.#insistedCode = SIGNAL_CODES[signal];
        this.#process?.kill("SIGKILL");
      },
    });
  }

  async run(): Promise<number> {
    using _runner = watchRunner((why) => this.#stop.request(why));
    let past = NO_CRASHES;
    for (;;) {
      const story = await this.#live(past);
      const { life } = story;
      const verdict = decide(past, life, performance.now(), Math.random());
      report(story, verdict);
      if (verdict.kind === "end") return this.#insistedCode ?? exitCodeOf(life);
      const { signal } = this.#ending;
      await delay(verdict.waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return 0;
      past = verdict.past;
    }
  }

  /** One process, from its start to its end. */
  async #live({ safeMode }: CrashHistory): Promise<Story> {
    const stepMarks = this.#stepMarks;
    if (stepMarks !== undefined) ftruncateSync(stepMarks);
    const limits = this.#options.vigil ?? VIGIL_LIMITS;
    const started = this.#spawn({
      stepMarksFd: stepMarks === undefined ? null : STEP_MARKS_FD,
      safeMode: safeMode ?? null,
      ignoresHangUp: this.#ignoresHangUp,
      port: this.#port ?? null,
      holder: this.#holder,
      shard: this.#shard ?? null,
      signMs: limits.checkMs,
    });
    this.#process = started;
    const witness = new Witness(started, limits);
    // From here on a signal to this process counts as the second one.
    witness.onEnding = () => this.#stop.request("the process is ending");
    const story = await witness.endOf();
    this.#process = undefined;
    this.#port = story.port ?? this.#port;
    this.#shard = story.isDisplaced ? undefined : (story.shard ?? this.#shard);
    this.#hasServed ||= story.hasServed;
    const inOwnCode = stepMarks === undefined ? NOBODY : readStepMarks(stepMarks);
    const isEnding = story.isEnding || this.#ending.signal.aborted;
    return { ...story, life: { ...story, inOwnCode, isEnding } };
  }

  /** In the same process group and on the same terminal, so that it prints as this process does. */
  #spawn(orders: Orders): ChildProcess {
    const { program } = this.#options;
    const args = this.#options.args.filter((arg) => !this.#hasServed || arg !== TAKEOVER_FLAG);
    const [command = "", ...flags] = args;
    // In front of the user's flags: the last of those may lack its value.
    const ours = [program, command, UNDER_HEART_FLAG, JSON.stringify(orders)];
    const given = [...process.execArgv, ...ours, ...flags];
    const secrets = openSecretsFile();
    const started = spawn(process.execPath, given, {
      env: { ...allocatorSettings, ...process.env },
      stdio: [secrets ?? "inherit", "inherit", "inherit", "ipc", this.#stepMarks ?? "ignore"],
    });
    if (secrets !== undefined) closeSync(secrets);
    return started;
  }
}

/** A file without a name: it goes with the last process that has it open. */
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

function report({ life, ...story }: Story, verdict: RestartDecision): void {
  const { pid, code, signal, hungMs } = story;
  const name = `process ${pid ?? "?"}`;
  const ended = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
  const how =
    hungMs === undefined ? ended : `gave no sign of life for ${hungMs / 1_000} s and was killed`;
  if (verdict.kind === "end") {
    if (verdict.isGivenUp) logLine(`${name} ${how}; it died too often and is not started again`);
    return;
  }
  const { past, waitMs } = verdict;
  logLine(
    `${name} ${how}; restarting in ${(waitMs / 1_000).toFixed(1)} s${life.isDisplaced ? " as a spare" : countOf(past)}`,
  );
  if (past.safeMode !== undefined) logLine(`SAFE_MODE: ${describeDeaths(past.safeMode)}`);
}

function countOf({ deaths, safeMode, failedStarts }: CrashHistory): string {
  if (failedStarts > 0) return "";
  if (safeMode !== undefined) return " in safe mode: all agents come back paused";
  const { restartsMax, windowMs } = DEATHS_LIMIT;
  const count = `death ${deaths.length} of ${restartsMax} within ${windowMs / 60_000} min`;
  const named = suspectsOf(deaths.map(({ inOwnCode }) => inOwnCode));
  return named.suspects.length === 0 ? ` (${count})` : ` (${count}; ${describeSuspects(named)})`;
}

function exitCodeOf({ code, signal }: ProcessExit): number {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}
