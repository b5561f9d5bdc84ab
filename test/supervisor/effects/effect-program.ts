/** Runs a random program of effects to its end, over all its deaths, and checks each effect against the model. */

import {
  type EffectScope,
  EVERY_TURN,
  type UnknownPolicy,
} from "../../../src/model/effect-states.ts";
import { TroupeError } from "../../../src/model/errors.ts";
import type { EffectTable } from "../../../src/store/tables/effect-table.ts";
import { settleEffect } from "../../../src/supervisor/effects/effect-hold.ts";
import { never, Process, type Thread } from "./effect-world.ts";
import { KeyModel, type OpenCall } from "./key-model.ts";
import { Disk } from "./memory-table.ts";

export interface OnceOp {
  readonly kind: "once";
  readonly key: string;
  readonly scope: EffectScope;
  readonly unknown: UnknownPolicy;
}
export type Op =
  | OnceOp
  /** At the same time. */
  | { readonly kind: "both"; readonly ops: readonly [OnceOp, OnceOp] }
  | { readonly kind: "model"; readonly question: string };

export interface Program {
  /** `failures`: how often the step throws at its end before it succeeds. */
  readonly steps: readonly { readonly ops: readonly Op[]; readonly failures: number }[];
  /** How the functions end, in the order in which they are called; all others return. */
  readonly ends: readonly ("returns" | "throws" | "does not know")[];
  /** Each so many hops after the one before. */
  readonly deaths: readonly { readonly after: number; readonly of: "thread" | "process" }[];
  /** Hops that things take, in turn. */
  readonly delays: readonly number[];
  readonly resolutions: readonly ("done" | "retry")[];
}

/** The answer to one question, since a step last ended with answers of its own. */
interface Answers {
  /** One that a later effect has followed: it must not be paid again. */
  stored: string | undefined;
}

class UnknownOutcome extends Error {
  override readonly name = "UnknownOutcome";
}

export class ProgramRun {
  readonly #program: Program;
  readonly #disk = new Disk();
  readonly #keys = new Map<string, KeyModel>();
  /** Idempotency keys, and the keys that they belong to. */
  readonly #owners = new Map<string, string>();
  readonly #failures = new Map<number, number>();
  readonly #answers = new Map<string, Answers>();
  /** By turn and question. */
  readonly #given = new Map<string, Set<string>>();
  /** The first step whose answers count for the running one. */
  #answersFrom = 1;
  /** Of the running step: the questions so far, and the answers that no later effect has followed. */
  #questions: string[] = [];
  #fresh: { readonly answers: Answers; readonly answer: string }[] = [];
  #turn = 1;
  #generation = 0;
  readonly #counts = { hops: 0, deaths: 0, delays: 0, calls: 0, resolved: 0, paid: 0 };
  /** True while nothing may die. */
  #isSafe = false;
  #wrong: unknown;

  constructor(program: Program) {
    this.#program = program;
  }

  /** Effects that were carried out, and deaths. @throws what was wrong first */
  async run(): Promise<{ readonly calls: number; readonly deaths: number }> {
    while (!(await this.#runProcess()));
    return this.#counts;
  }

  /** True once the program has ended. */
  async #runProcess(): Promise<boolean> {
    const { delays } = this.#program;
    const process = new Process({
      disk: this.#disk,
      onHop: () => this.#countHop(process),
      delay: () => delays[this.#counts.delays++ % delays.length] ?? 0,
      pay: (question) => {
        this.#counts.paid += 1;
        return `${question} ${this.#counts.paid}`;
      },
    });
    this.#answersFrom = lastOf(process.steps) + 1;
    for (;;) {
      this.#generation += 1;
      const thread = process.start(this.#generation);
      this.#live(process, thread).then(
        (end) => thread.end(end),
        (wrong: unknown) => this.#fail(process, wrong),
      );
      const end = await thread.ended;
      if (this.#wrong !== undefined) throw this.#wrong;
      if (end === "finished") return true;
      if (end !== "threw" || !process.isAlive) for (const key of this.#keys.values()) key.die();
      if (!process.isAlive) return false;
      if (end === "held") await this.#resolve(process);
    }
  }

  #fail(process: Process, wrong: unknown): void {
    this.#wrong ??= wrong;
    process.kill();
  }

  #countHop(process: Process): void {
    const next = this.#program.deaths[this.#counts.deaths];
    if (next === undefined || this.#isSafe) return;
    this.#counts.hops += 1;
    if (this.#counts.hops < next.after) return;
    this.#counts.hops = 0;
    this.#counts.deaths += 1;
    if (next.of === "process") process.kill();
    else process.thread?.end("killed");
  }

  async #live(process: Process, thread: Thread): Promise<"finished" | "threw"> {
    const { steps } = this.#program;
    const ok = process.steps.filter(({ status }) => status === "ok");
    this.#turn = lastOf(ok) + 1;
    for (let at = ok.length; at < steps.length; at += 1) {
      const iteration = thread.main.iteration + 1;
      thread.begin(iteration);
      this.#questions = [];
      this.#fresh = [];
      for (const op of steps[at]?.ops ?? []) await this.#perform(thread, op);
      await thread.pause();
      const failed = this.#failures.get(at) ?? 0;
      const fails = failed < (steps[at]?.failures ?? 0);
      this.#failures.set(at, failed + 1);
      thread.finish(iteration, fails ? "error" : "ok");
      if (!fails || this.#questions.length > 0) this.#answersFrom = iteration + 1;
      if (fails) {
        await thread.drain();
        return "threw";
      }
      this.#turn = iteration + 1;
    }
    await thread.control.stepsStored();
    return "finished";
  }

  async #perform(thread: Thread, op: Op): Promise<void> {
    if (op.kind === "model") return await this.#ask(thread, op.question);
    const ops = op.kind === "once" ? [op] : op.ops;
    const ids = ops.map((one) => this.#idOf(one));
    const isShared = new Set(ids).size < ids.length;
    await Promise.all(ops.map((one) => this.#once(thread, one, isShared)));
  }

  #idOf({ scope, key }: OnceOp): string {
    return `${scope === "agent" ? EVERY_TURN : this.#turn} ${key}`;
  }

  #modelOf(id: string): KeyModel {
    const model = this.#keys.get(id) ?? new KeyModel();
    this.#keys.set(id, model);
    return model;
  }

  /** @param isShared true if another call has the same key */
  async #once(thread: Thread, op: OnceOp, isShared: boolean): Promise<void> {
    const id = this.#idOf(op);
    const model = this.#modelOf(id);
    const call = model.begin(op.unknown);
    let result: { readonly value: unknown } | { readonly thrown: unknown };
    try {
      const { unknown, scope } = op;
      const fn = ({ idempotencyKey }: { readonly idempotencyKey: string }) =>
        this.#carryOut(thread, call, id, idempotencyKey);
      result = { value: await thread.effects.once(op.key, fn, { unknown, scope }) };
    } catch (thrown) {
      result = { thrown };
    }
    if (!thread.isAlive) await never();
    if (this.#wrong !== undefined) throw this.#wrong;
    if ("value" in result) this.#settle(model, call, result.value);
    else this.#reject(model, call, result.thrown, isShared);
  }

  #settle(model: KeyModel, call: OpenCall, value: unknown): void {
    if (!call.hasCalled) {
      model.recall(call, value === undefined ? "unknown" : `done ${value}`);
      return;
    }
    if (call.end !== `done ${value}`) throw new Error(`${call.end} became ${value}`);
    model.settle(call);
    this.#setStored();
  }

  #reject(model: KeyModel, call: OpenCall, thrown: unknown, isShared: boolean): void {
    const isInUse = thrown instanceof TroupeError && thrown.code === "EFFECT_KEY_IN_USE";
    if (isInUse && isShared && !call.hasCalled) model.refuse(call);
    else if (call.end === "throws" || thrown instanceof UnknownOutcome) model.settle(call);
    else throw thrown;
  }

  /** The function of `ctx.once`. */
  async #carryOut(
    thread: Thread,
    call: OpenCall,
    id: string,
    idempotencyKey: string,
  ): Promise<string> {
    if (!thread.isAlive) await never();
    try {
      const owner = this.#owners.get(idempotencyKey) ?? id;
      this.#owners.set(idempotencyKey, owner);
      if (owner !== id) throw new Error(`${id} has the idempotency key of ${owner}`);
      const stored = lastOf(this.#disk.steps);
      if (stored !== thread.main.iteration) throw new Error("called after unstored steps");
      this.#modelOf(id).call(call, idempotencyKey);
    } catch (thrown) {
      this.#wrong ??= thrown;
    }
    const end = this.#program.ends[this.#counts.calls] ?? "returns";
    this.#counts.calls += 1;
    const value = `v${this.#counts.calls}`;
    await thread.pause();
    call.end = end === "returns" ? `done ${value}` : end;
    if (end === "throws") throw new Error("no");
    if (end === "does not know") throw new UnknownOutcome("perhaps");
    return value;
  }

  async #ask(thread: Thread, question: string): Promise<void> {
    this.#questions.push(question);
    const nth = this.#questions.filter((other) => other === question).length;
    const id = `${this.#answersFrom} ${question} ${nth}`;
    const answers = this.#answers.get(id) ?? { stored: undefined };
    this.#answers.set(id, answers);
    const given = this.#givenTo(`${this.#turn} ${question} ${nth}`);
    const { paid } = this.#counts;
    const answer = await thread.ask(question);
    // Meanwhile a call of the thread before may have been paid, too.
    const isNew = Number(answer.split(" ")[1]) > paid;
    if (isNew && answers.stored !== undefined) throw new Error(`${id} is paid again`);
    if (!isNew && !given.has(answer)) throw new Error(`${id} has a foreign answer`);
    // All before it are stored by now.
    this.#setStored();
    given.add(answer);
    this.#fresh.push({ answers, answer });
  }

  #givenTo(question: string): Set<string> {
    const given = this.#given.get(question) ?? new Set();
    this.#given.set(question, given);
    return given;
  }

  #setStored(): void {
    for (const { answers, answer } of this.#fresh) answers.stored = answer;
    this.#fresh = [];
  }

  async #resolve(process: Process): Promise<void> {
    const { asked, effects, table } = process;
    if (asked === undefined) throw new Error("held for nothing");
    this.#counts.resolved += 1;
    const { resolutions } = this.#program;
    const outcome = resolutions[this.#counts.resolved % resolutions.length] ?? "retry";
    const value = `r${this.#counts.resolved}`;
    const model = this.#modelOf(`${asked.turn} ${asked.key}`);
    model.resolve(outcome === "done" ? `done ${value}` : "free");
    const { agent_id: agentId, effect_id: effectId } = asked;
    this.#isSafe = true;
    await settleEffect(
      table as unknown as EffectTable,
      { agentId, effectId, isRunning: effects.isRunning(effectId) },
      outcome === "done" ? { outcome, valueJson: JSON.stringify(value) } : { outcome },
    );
    effects.countResolved();
    this.#isSafe = false;
  }
}

/** The number of the last step; 0 before the first. */
function lastOf(steps: readonly { readonly iteration: number }[]): number {
  return steps.at(-1)?.iteration ?? 0;
}
