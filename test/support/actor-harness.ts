/**
 * Runs one agent in a real thread from the sources, as the supervisor does, and lets a test send
 * commands, answer model calls and read the reports in order.
 */

import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { ActorLink } from "../../src/boundary/actor-link.ts";
import { MainControl } from "../../src/boundary/control-block.ts";
import type { DesiredState } from "../../src/boundary/desired-state.ts";
import type {
  ActorCommands,
  ActorSpec,
  InterruptMode,
  LlmReport,
  LogReport,
  Report,
  ThreadData,
} from "../../src/boundary/protocol.ts";
import { parseReport } from "../../src/boundary/report-check.ts";
import { threadEntry } from "../../src/entry-points.ts";
import type { Guidance } from "../../src/model/agent.ts";
import type { LlmReply } from "../../src/model/llm-call.ts";
import { codeCacheEnv } from "./code-cache.ts";
import { until } from "./until.ts";

type Kind = Report["kind"];
type ReportOf<K extends Kind> = Extract<Report, { readonly kind: K }>;

/** A new agent that steps without a pause. */
export const sampleSpec: ActorSpec = {
  agentId: "agent1",
  agentType: "test",
  moduleUrl: null,
  generation: 1,
  iteration: 0,
  intervalMs: 0,
  next: null,
  stepTimeoutMs: null,
  turn: 1,
  mayHaveEffects: false,
  effectSeed: "seed",
  config: {},
  subject: null,
  contextJson: "null",
  history: [],
  guidance: [],
};

export interface HarnessOptions {
  /** Text of the agent's module; left out, the built-in JokeAgent runs. */
  readonly module?: string;
  /** Name of the module's file. */
  readonly file?: string;
  readonly spec?: Partial<ActorSpec>;
  /** False: no step counts as stored, from the first on. */
  readonly isStoring?: boolean;
  /** Answers each model call; by default every call is answered with its arguments as text. */
  readonly answer?: (report: LlmReport) => void;
}

/**
 * Put before each module, on its first line. `gate(ctx)` logs `at the gate` and waits until the
 * test opens it.
 */
function prelude(channel: string): string {
  return `const gate = (ctx) => new Promise((go) => { const c = new BroadcastChannel("${channel}"); c.onmessage = () => { c.close(); go(); }; ctx.log.info("at the gate"); });`;
}

/** Starts a thread and gives it the agent; `await using` ends it. */
export async function startActor(options: HarnessOptions = {}): Promise<ActorHarness> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-actor-"));
  const channel = `gate-${randomUUID()}`;
  const file = join(folder, options.file ?? "agent.mjs");
  if (options.module !== undefined) {
    await writeFile(file, `${prelude(channel)} ${options.module}`);
  }
  const moduleUrl = options.module === undefined ? null : pathToFileURL(file).href;
  const harness = new ActorHarness({ folder, channel, answer: options.answer ?? answerPlainly });
  harness.isStoring = options.isStoring ?? true;
  harness.control.setStored(options.spec?.iteration ?? 0);
  await harness.send("start", {
    ...sampleSpec,
    agentType: moduleUrl === null ? "joke" : "test",
    moduleUrl,
    ...options.spec,
  });
  return harness;
}

interface HarnessParts {
  readonly folder: string | undefined;
  readonly channel: string;
  readonly answer: (report: LlmReport) => void;
}

const idleParts: HarnessParts = { folder: undefined, channel: "gate", answer: answerPlainly };

export class ActorHarness implements AsyncDisposable {
  /** Where the agent's module lies. */
  readonly folder: string | undefined;
  readonly control = new MainControl();
  readonly link: ActorLink;
  readonly worker: Worker;
  /** All that came, in order, except answers to commands. */
  readonly reports: Report[] = [];
  /** What was wrong with answers. */
  readonly faults: unknown[] = [];
  /** Resolves with the exit code once the thread is gone and its last report has been read. */
  readonly exited: Promise<number>;
  /** False: no step counts as stored, as while the store fails. */
  isStoring = true;
  output = "";
  readonly #gate: BroadcastChannel;
  readonly #answer: HarnessParts["answer"];
  #read = 0;
  /** Commands sent so far. */
  #sent = 0;
  #hasExited = false;
  #arrival = Promise.withResolvers<void>();

  /** Without parts: a thread that no agent is given to. */
  constructor({ folder, channel, answer }: HarnessParts = idleParts) {
    this.folder = folder;
    this.#answer = answer;
    this.#gate = new BroadcastChannel(channel);
    this.control.assign(1);
    const worker = makeWorker({ control: this.control.buffer });
    this.worker = worker;
    worker.on("message", (message) => this.#hear(message));
    const post = (call: unknown) => {
      this.#sent += 1;
      worker.postMessage(call);
    };
    const onFault = (thrown: unknown) => this.faults.push(thrown);
    this.link = new ActorLink({ post, control: this.control, onFault });
    for (const stream of [this.worker.stdout, this.worker.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.output += text;
      });
    }
    this.worker.on("error", (error) => {
      this.output += String(error);
    });
    this.exited = this.#awaitExit();
  }

  /**
   * The next report of `kind` that fits, after the one that was asked for last; what lies between
   * is skipped. Rejects when the thread ends without it.
   */
  async next<K extends Kind>(
    kind: K,
    fits: (report: ReportOf<K>) => boolean = () => true,
  ): Promise<ReportOf<K>> {
    for (;;) {
      while (this.#read < this.reports.length) {
        const report = this.reports[this.#read++];
        if (report?.kind === kind && fits(report as ReportOf<K>)) return report as ReportOf<K>;
      }
      if (this.#hasExited) throw new Error(`the thread ended without ${kind}: ${this.#story()}`);
      await this.#arrival.promise;
    }
  }

  /** The next log line with this text. */
  logged(message: string): Promise<LogReport> {
    return this.next("log", (report) => report.message === message);
  }

  /** Writes the desired state and wakes the thread; resolves with the desired state's version. */
  async setDesired(desired: DesiredState): Promise<number> {
    const version = this.control.setDesired(desired);
    await this.send("wake");
    return version;
  }

  /** Resolves once the thread has taken the command, or is gone. */
  async send<N extends keyof ActorCommands>(
    name: N,
    ...args: Parameters<ActorCommands[N]>
  ): Promise<void> {
    const command = this.link[name] as (...args: readonly unknown[]) => unknown;
    void command.apply(this.link, args);
    const sent = this.#sent;
    await until(() => this.#hasExited || this.control.commandsTaken >= sent);
  }

  async interrupt(
    guidance: Readonly<Record<string, unknown>>,
    mode: InterruptMode = "next",
    actionId: string = randomUUID(),
  ): Promise<string> {
    await this.send("interrupt", guidanceOf(guidance, actionId), mode);
    return actionId;
  }

  openGate(): void {
    this.#gate.postMessage("go");
  }

  ofKind<K extends Kind>(kind: K): readonly ReportOf<K>[] {
    return this.reports.filter((report): report is ReportOf<K> => report.kind === kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
    await this.exited;
    this.#gate.close();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  #hear(message: unknown): void {
    const report = parseReport(message);
    if (report.kind === "answer") {
      this.link.receive(report);
      return;
    }
    this.reports.push(report);
    if (report.kind === "llm") this.#answer(report);
    if (report.kind === "step" && this.isStoring) this.store(report.iteration);
    this.#announce();
  }

  /** Says that the agent's steps are stored up to this one. */
  store(iteration: number): void {
    this.control.setStored(iteration);
    if (this.control.phase === "waiting") this.link.wake();
  }

  async #awaitExit(): Promise<number> {
    const code = await new Promise<number>((resolve) => this.worker.once("exit", resolve));
    this.#hasExited = true;
    this.link.close();
    this.#announce();
    return code;
  }

  #announce(): void {
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }

  #story(): string {
    return `${JSON.stringify(this.reports.slice(-5), undefined, 1)} ${this.output}`;
  }
}

export function guidanceOf(
  guidance: Readonly<Record<string, unknown>>,
  actionId: string = randomUUID(),
): Guidance {
  return { action_id: actionId, guidance, at: Date.now() };
}

/** Sends the pool's replies over a call's port. */
export function reply({ port }: LlmReport, ...replies: readonly LlmReply[]): void {
  for (const each of replies) port.postMessage(each);
  port.close();
}

export const noUsage = { model: null, input_tokens: null, output_tokens: null };

function answerPlainly(report: LlmReport): void {
  const value = `${report.request.function} ${JSON.stringify(report.request.args)}`;
  reply(report, { kind: "done", value, usage: noUsage });
}

function makeWorker(data: ThreadData): Worker {
  return new Worker(threadEntry, {
    name: "agent1",
    workerData: data,
    env: codeCacheEnv,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
    stdout: true,
    stderr: true,
  });
}
