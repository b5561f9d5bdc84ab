/**
 * The effects of one agent, on the main thread: stores what its threads report, sends a new thread what
 * earlier ones have done in the open turn, and answers a model call whose answer was there before the end
 * of the thread or process that asked. Nothing of it is kept in memory between two threads: the store has it.
 *
 * An effect's turn goes from one step that succeeds to the next, over failures and deaths. Before a function
 * is called, the steps before it must be stored: a crash that takes one of them back would bring back an
 * earlier turn, in which the key is free.
 *
 * A model call is known by its function, by the hash of what was asked, and by its number among the calls of
 * the step that ask the same. Its answer outlives a step that was cut off, or failed before it asked a model. Calls that end at the
 * same moment as the process, and those of steps that were not stored yet, can be paid again.
 */

import type {
  CallsReport,
  EffectReport,
  LlmReport,
  RecallReport,
  StepReport,
} from "../../boundary/protocol.ts";
import { openTurn } from "../../model/after-step.ts";
import type { EffectRow } from "../../model/effect.ts";
import { newEffectId } from "../../model/ids.ts";
import type { LlmUsage } from "../../model/llm-call.ts";
import type { AgentRecord } from "../agent-record.ts";
import type { Child } from "../thread/child.ts";
import type { EffectsReport } from "../thread/child-options.ts";
import { type AskedCall, countAttempt, type EffectOwner, isAnswerTo } from "./asked-calls.ts";
import { isOnce, onceRow, repeatedCall, sendAnswer, toRecalled } from "./effect-rows.ts";
import type { AgentEffectsOptions, PassCall } from "./effects-options.ts";
import { readPatiently } from "./read-patiently.ts";
import { spend, spendCut, spendOutside } from "./spending.ts";
import { newThread, type ThreadEffects } from "./thread-effects.ts";

/** Shared by all agents that rest. */
const NO_THREADS: readonly ThreadEffects[] = [];

export class AgentEffects {
  readonly #record: AgentRecord;
  readonly #options: AgentEffectsOptions;
  /** Those of different generations; rarely more than one. */
  #threads = NO_THREADS;
  /** True if the open turn may have stored effects. */
  #mayHave: boolean;
  /** How many effects were resolved by somebody, so far. */
  #resolved = 0;
  /**
   * Resolves once the agent has a row, and all states so far, of all threads, are stored or refused. Never
   * rejects. Without the row the next start would know neither what was done nor what it has cost.
   */
  #kept: Promise<unknown>;
  /** Iteration of the last step that is stored. */
  #storedIteration: number;
  /**
   * The first step whose answers the next one may use: the steps before it have used theirs. A step that was
   * cut off, or that failed before it asked a model, leaves this as it is. The next process does not know that,
   * and begins with the step that is open then: so an answer that is used again becomes that step's, too.
   */
  #answersFrom: number;

  constructor(record: AgentRecord, options: AgentEffectsOptions) {
    this.#record = record;
    this.#options = options;
    this.#mayHave = record.stored !== undefined;
    this.#kept = record.living;
    this.#storedIteration = record.row.iteration;
    this.#answersFrom = record.row.iteration + 1;
  }

  /** What a new thread receives. */
  get spec() {
    const effectSeed = `${this.#options.seed} ${this.#record.id}`;
    return { turn: this.#turn, mayHaveEffects: this.#mayHave, effectSeed };
  }

  /** {@link detach} must be called once the thread has ended. */
  attach(child: Child): void {
    const { generation } = this.#record.row;
    const { living: stored } = this.#record;
    const thread = newThread(child, { generation, mayRecall: this.#mayHave, stored });
    this.#threads = [...this.#threads, thread];
    // Those of the thread before it may be on their way: its effects wait for them, too.
    child.stored(this.#storedIteration);
  }

  /** The thread has ended. A step that ended with it is recorded before: ids of its calls follow the step's. */
  detach(child: Child): void {
    const thread = this.#threadOf(child);
    if (thread === undefined) return;
    thread.hasEnded = true;
    this.#threads = this.#threads.filter((other) => other !== thread);
    for (const row of thread.open.values()) {
      if (row.state === "started") this.#lose(row, Date.now());
    }
    const cut = thread.calls.cut(this.#ownerOf(thread));
    for (const row of cut) this.#options.table.note(row);
    spendCut(this.#record, cut, this.#options.onSpent);
  }

  take(child: Child, report: EffectsReport): void {
    const thread = this.#threadOf(child);
    if (thread === undefined) return;
    switch (report.kind) {
      case "calls":
        this.#takeCalls(thread, report);
        return;
      case "effect":
        this.#takeEffect(thread, report);
        return;
      case "recall":
        void this.#answer(thread, report);
        return;
      case "ask":
        void this.#ask(thread, report.effect);
        return;
    }
  }

  /** A step has ended, and is recorded next: its model calls are stored before it. */
  takeStep(child: Child, { iteration, status, calls = [] }: StepReport): void {
    const thread = this.#threadOf(child);
    if (thread === undefined) return;
    const rows = thread.calls.end(calls, this.#ownerOf(thread));
    for (const row of rows) this.#options.table.note(row);
    spend(this.#record, rows, this.#options.onSpent);
    if (status === "ok") this.#mayHave = false;
    else if (calls.length > 0) this.#mayHave = true;
    if (status !== "ok" && !thread.calls.hasAsked(iteration)) return;
    thread.mayRecall = false;
    this.#answersFrom = iteration + 1;
  }

  /** Wakes a thread that waits for that, also if the step was another one's. */
  stepStored(iteration: number): void {
    this.#storedIteration = iteration;
    for (const { child } of this.#threads) child.stored(iteration);
  }

  /** Answers a model call from a step of an earlier thread in the open turn, or passes it on. */
  call(generation: number, report: LlmReport, pass: PassCall): void {
    const thread = this.#threads.find((other) => other.generation === generation);
    const outside = (usage: LlmUsage) => spendOutside(this.#record, usage, this.#options.onSpent);
    if (thread === undefined || report.iteration === null) {
      pass(report, () => undefined, outside);
      return;
    }
    const asked = thread.calls.begin(report, report.iteration, this.#options.keepsInput());
    const onUsage = (usage: LlmUsage) => {
      if (asked.isCut) outside(usage);
      else asked.usage = usage;
    };
    void this.#findAnswer(thread, report, asked).then((known) => {
      if (thread.hasEnded) return; // nobody would read an answer that is paid now
      if (known === undefined) return pass(report, () => countAttempt(asked), onUsage);
      thread.calls.forget(report.call);
      void this.#repeat(thread, known, asked).then(() => sendAnswer(report, known));
    });
  }

  /** An answer of an earlier step becomes one of this step, too: the next process looks no further back. */
  async #repeat(thread: ThreadEffects, known: EffectRow, { iteration }: AskedCall): Promise<void> {
    if (known.iteration === iteration) return;
    const row = repeatedCall(known, { ...this.#ownerOf(thread), iteration }, Date.now());
    const kept = this.#options.table.keep(row).catch((err: unknown) => {
      this.#options.log.warn({ err, agent: this.#record.id }, "a kept answer was not stored again");
    });
    this.#kept = Promise.all([this.#kept, kept]).then(() => undefined);
    await kept;
  }

  /** True while a thread may run the function of this effect. */
  isRunning(effectId: string): boolean {
    const open = this.#threads.flatMap((thread) => [...thread.open.values()]);
    return open.some(({ effect_id, state }) => effect_id === effectId && state === "started");
  }

  /** The agent's effect was resolved, and that is stored. */
  countResolved(): void {
    this.#resolved += 1;
  }

  get #turn(): number {
    return openTurn(this.#record.row);
  }

  #threadOf(child: Child): ThreadEffects | undefined {
    return this.#threads.find((thread) => thread.child === child);
  }

  #ownerOf({ generation }: ThreadEffects): EffectOwner {
    const { id, epoch } = this.#record;
    return { agent_id: id, generation, turn: this.#turn, epoch };
  }

  #takeCalls(thread: ThreadEffects, { nth, calls }: CallsReport): void {
    const rows = thread.calls.end(calls, this.#ownerOf(thread));
    spend(this.#record, rows, this.#options.onSpent);
    // A start finds a call only if the next merge of rows has it: see AgentTable.loadAlive.
    this.#record.saveLazily();
    this.#keep(thread, nth, rows);
  }

  #takeEffect(thread: ThreadEffects, report: EffectReport): void {
    const { effect, state } = report;
    const effectId = thread.open.get(effect)?.effect_id ?? newEffectId();
    const row = onceRow(report, this.#ownerOf(thread), effectId);
    const isOpen = state === "started" || state === "unknown";
    if (isOpen) thread.open.set(effect, row);
    else thread.open.delete(effect);
    this.#keep(thread, report.nth, [row]);
  }

  /** The thread's steps wait for `nth`. */
  #keep(thread: ThreadEffects, nth: number, rows: readonly EffectRow[]): void {
    this.#mayHave = true;
    const kept = rows.map((row) => this.#options.table.keep(row));
    // Without the results: each would hold those before it, and an agent that lives for months all of them.
    this.#kept = Promise.allSettled([this.#kept, ...kept]).then(() => undefined);
    const stored = Promise.all([thread.stored, ...kept]).then(() =>
      thread.child.effectsStored(nth),
    );
    thread.stored = stored;
    stored.catch((err: unknown) => {
      const about = { err, agent: this.#record.id };
      this.#options.log.error(about, "an effect was not stored; the step waits");
    });
  }

  async #answer(thread: ThreadEffects, { key }: RecallReport): Promise<void> {
    const { table } = this.#options;
    const { id } = this.#record;
    const turn = this.#turn;
    // What this thread builds on must not be taken back by the process's end.
    await this.#kept;
    const rows = await this.#read(thread, () =>
      key === null ? table.reads.findTurn(id, turn) : table.reads.findKey(id, key),
    );
    if (rows === undefined) return;
    // Ids alone say nothing across processes: the clock may have been set back.
    const inOrder = rows.filter(isOnce).sort((one, two) => one.generation - two.generation);
    const newest = new Map(inOrder.map((row) => [row.key, row]));
    const effects = [...newest.values()].filter(({ state }) => state !== "failed");
    // Its thread may have ended long ago, with its process: nobody saw when.
    for (const row of effects.filter(({ state }) => state === "started")) this.#lose(row, null);
    thread.child.recalled({ key, effects: effects.map(toRecalled) });
  }

  /** The function of this effect ran in a thread that has ended. */
  #lose(row: EffectRow, endedAt: number | null): void {
    const lost: EffectRow = { ...row, state: "unknown", ended_at: endedAt };
    this.#options.table.keep(lost).catch((err: unknown) => {
      const about = { err, agent: this.#record.id };
      this.#options.log.warn(about, "the unknown outcome of an effect was not stored");
    });
  }

  async #ask(thread: ThreadEffects, effect: string | number): Promise<void> {
    const id = typeof effect === "number" ? thread.open.get(effect)?.effect_id : effect;
    if (id === undefined) return;
    let known: EffectRow | undefined;
    let resolved: number;
    // Not from memory: somebody may have resolved it since the thread received it, or during the read.
    // Whoever reads in the agent's row that this effect holds it must find it, from other processes, too.
    do {
      resolved = this.#resolved;
      known = await this.#read(thread, () => this.#options.table.findInTable(id));
    } while (resolved !== this.#resolved);
    if (known === undefined || thread.hasEnded) return;
    this.#options.onAsk(this.#record.id, thread.child, known);
  }

  async #findAnswer(
    thread: ThreadEffects,
    { isFresh }: LlmReport,
    asked: AskedCall,
  ): Promise<EffectRow | undefined> {
    const from = this.#answersFrom;
    // Whatever was answered before must not be paid again because of this call.
    await this.#kept;
    if (!thread.mayRecall || isFresh) return undefined;
    const { id } = this.#record;
    const turn = this.#turn;
    thread.memo ??= this.#read(thread, () => this.#options.table.reads.findTurn(id, turn)).then(
      (rows = []) => rows.filter(({ kind, state }) => kind === "model" && state === "done"),
    );
    const memo = await thread.memo;
    return memo.find(
      (row) =>
        row.generation < thread.generation && row.iteration >= from && isAnswerTo(row, asked),
    );
  }

  /** Undefined if the thread ends before the store answers. */
  #read<R>(thread: ThreadEffects, read: () => Promise<R>): Promise<R | undefined> {
    return readPatiently(read, () => thread.hasEnded);
  }
}
