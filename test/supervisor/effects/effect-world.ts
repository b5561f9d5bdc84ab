/**
 * One agent's effects without threads and without LanceDB. The agent's side and the main thread's are real; a
 * dead thread's promises never settle, and the disk is an array. A death may come at each hop.
 */

import { setImmediate as hop } from "node:timers/promises";
import { pino } from "pino";
import { Effects } from "../../../src/actor/effects.ts";
import { EndedCalls } from "../../../src/actor/ended-calls.ts";
import { StepScope } from "../../../src/actor/step-scope.ts";
import { ActorControl, MainControl } from "../../../src/boundary/control-block.ts";
import type { LlmReport, Report, StepReport } from "../../../src/boundary/protocol.ts";
import { afterStep } from "../../../src/model/after-step.ts";
import type { AgentRow } from "../../../src/model/agent.ts";
import type { EffectRow } from "../../../src/model/effect.ts";
import type { LlmReply } from "../../../src/model/llm-call.ts";
import type { WholeStepRow } from "../../../src/model/step.ts";
import type { EffectTable } from "../../../src/store/tables/effect-table.ts";
import type { AgentRecord } from "../../../src/supervisor/agent-record.ts";
import { AgentEffects } from "../../../src/supervisor/effects/agent-effects.ts";
import type { Child } from "../../../src/supervisor/thread/child.ts";
import { noUsage } from "../../support/actor-harness.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";
import { type Disk, MemoryTable } from "./memory-table.ts";

export interface WorldOptions {
  readonly disk: Disk;
  /** Called at each hop; may kill. */
  readonly onHop: () => void;
  /** How many hops the next thing takes. */
  readonly delay: () => number;
  /** Answers a model call, which is paid. */
  readonly pay: (question: string) => string;
}

export type ThreadEnd = "finished" | "threw" | "killed" | "held" | "process died";

/** One start of the process. */
export class Process {
  readonly #options: WorldOptions;
  readonly table: MemoryTable;
  readonly effects: AgentEffects;
  /** Resolves with the effect that the agent asks about. */
  asked: EffectRow | undefined;
  row = agentRow();
  readonly steps: WholeStepRow[];
  isAlive = true;
  thread: Thread | undefined;
  #storing: Promise<void> = Promise.resolve();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.steps = [...options.disk.steps];
    for (const step of this.steps) this.row = afterStep(this.row, step);
    this.table = new MemoryTable(this, options);
    const owner = this;
    const record = {
      id: this.row.agent_id,
      stored: this.row,
      living: Promise.resolve(),
      get row() {
        return owner.row;
      },
      change: (given: Partial<AgentRow>) => {
        owner.row = { ...owner.row, ...given };
      },
      saveLazily: () => undefined, // what calls cost is not checked here
    };
    this.effects = new AgentEffects(record as unknown as AgentRecord, {
      table: this.table as unknown as EffectTable,
      seed: "seed",
      keepsInput: () => false,
      log: pino({ level: "silent" }),
      onSpent: () => undefined,
      onAsk: (_id, _child, effect) => {
        this.asked = effect;
        this.thread?.end("held");
      },
    });
  }

  /** Waits as long as chance says; never resolves in a process that is dead. */
  async wait(): Promise<void> {
    for (let hops = this.#options.delay(); hops >= 0; hops -= 1) {
      await hop();
      if (this.isAlive) this.#options.onHop();
      if (!this.isAlive) await never();
    }
  }

  start(generation: number): Thread {
    this.row = { ...this.row, generation };
    this.thread = new Thread(this, this.#options);
    return this.thread;
  }

  kill(): void {
    this.isAlive = false;
    this.thread?.end("process died");
  }

  /** The thread is gone: a step that it has not reported has failed. */
  cutOff(iteration: number): void {
    if (this.isAlive && iteration > this.row.iteration)
      this.addStep({ iteration, status: "error" });
  }

  /** Steps are stored in their order, each after its effects. */
  addStep({ iteration, status }: Pick<StepReport, "iteration" | "status">): void {
    const step = stepRow({ iteration, status, generation: this.row.generation });
    this.steps.push(step);
    this.row = afterStep(this.row, step);
    this.#storing = this.#storing.then(async () => {
      await this.wait();
      this.table.flush();
      await this.wait();
      this.#options.disk.steps.push(step);
      this.effects.stepStored(iteration);
    });
  }
}

/** One thread of the agent. */
export class Thread {
  readonly main = new MainControl();
  readonly control = new ActorControl(this.main.buffer);
  readonly scope = new StepScope();
  readonly effects: Effects;
  readonly ended: Promise<ThreadEnd>;
  readonly #end = Promise.withResolvers<ThreadEnd>();
  readonly #process: Process;
  readonly #options: WorldOptions;
  readonly #calls: EndedCalls;
  readonly #child: Child;
  /** Number of the step that started last. */
  #begun = 0;
  /** Reports on their way, in order. */
  #delivering: Promise<void> = Promise.resolve();
  isAlive = true;

  constructor(process: Process, options: WorldOptions) {
    this.#process = process;
    this.#options = options;
    this.ended = this.#end.promise;
    const { iteration } = process.row;
    this.main.setStored(iteration);
    this.control.setIteration(iteration);
    const send = (report: Report) => this.#send(report);
    this.#calls = new EndedCalls(send);
    const { effectSeed: seed, ...open } = process.effects.spec;
    const { control, scope } = this;
    this.effects = new Effects({ control, scope, send, calls: this.#calls, seed, ...open });
    this.#child = {
      ended: this.ended,
      stored: (iteration: number) => this.main.setStored(iteration),
      effectsStored: (nth: number) => this.isAlive && this.main.setEffectsStored(nth),
      recalled: (answer: Parameters<Effects["recalled"]>[0]) =>
        this.isAlive && this.effects.recalled(answer),
    } as unknown as Child;
    process.effects.attach(this.#child);
    void this.ended.then((end) => {
      if (end === "killed") process.cutOff(this.#begun);
      process.effects.detach(this.#child);
    });
  }

  /** Of a thread that is terminated, reports that are on their way are lost. */
  end(reason: ThreadEnd): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#end.resolve(reason);
  }

  begin(iteration: number): void {
    this.#begun = iteration;
    this.scope.openStep(iteration);
  }

  /** Reports the end of the step, as the step runner does. */
  finish(iteration: number, status: "ok" | "error"): void {
    this.scope.closeStep();
    this.control.setIteration(iteration);
    const report = { kind: "step", iteration, status, calls: this.#calls.take() };
    this.#send(report as unknown as StepReport);
    this.effects.endStep(iteration, status === "ok");
  }

  /** All reports have arrived. */
  async drain(): Promise<void> {
    await this.#delivering;
  }

  async ask(question: string): Promise<string> {
    const call = this.#calls.begin(this.scope.iteration);
    const answer = Promise.withResolvers<string>();
    const port = {
      postMessage: (reply: LlmReply) => {
        if (reply.kind === "done") answer.resolve(String(reply.value));
      },
      close: () => undefined,
    };
    const request = { function: "Ask", args: { question }, wantsPartials: false };
    const { call: number, iteration } = call;
    const report = { kind: "llm", request, port, call: number, iteration, isFresh: false };
    this.#send(report as unknown as LlmReport);
    const value = await answer.promise;
    await this.pause();
    call.end({ value, usage: noUsage });
    return value;
  }

  /** A moment of the agent's code; never ends in a thread that is dead. */
  async pause(): Promise<void> {
    await this.#process.wait();
    if (!this.isAlive) await never();
  }

  #send(report: Report): void {
    if (!this.isAlive) return;
    this.#delivering = this.#delivering.then(async () => {
      await this.#process.wait();
      if (!this.isAlive) await never();
      this.#deliver(report);
    });
  }

  #deliver(report: Report): void {
    const { effects } = this.#process;
    switch (report.kind) {
      case "step":
        effects.takeStep(this.#child, report);
        this.#process.addStep(report);
        return;
      case "llm":
        effects.call(this.#process.row.generation, report, () => void this.#pay(report));
        return;
      case "calls":
      case "effect":
      case "recall":
      case "ask":
        effects.take(this.#child, report);
        return;
      default:
        throw new Error(`unexpected report ${report.kind}`);
    }
  }

  async #pay({ request, port }: LlmReport): Promise<void> {
    const value = this.#options.pay(String(request.args["question"]));
    await this.#process.wait();
    port.postMessage({ kind: "done", value, usage: noUsage } satisfies LlmReply);
  }
}

export function never(): Promise<never> {
  return new Promise(() => undefined);
}
