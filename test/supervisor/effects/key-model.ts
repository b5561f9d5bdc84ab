/**
 * What may be known of one key of `ctx.once`: a model without any of the code that it checks. A death leaves
 * several possibilities, and the next call shows which one it is.
 */

import type { UnknownPolicy } from "../../../src/model/effect-states.ts";

/** `done` is followed by the result. */
export type Fact = "free" | "unknown" | `done ${string}`;

/** How the function of a call ended. */
export type FunctionEnd = "throws" | "does not know" | `done ${string}`;

/** A call of `ctx.once` that has not settled. */
export interface OpenCall {
  readonly policy: UnknownPolicy;
  hasCalled: boolean;
  end: FunctionEnd | undefined;
}

export class KeyModel {
  #now: ReadonlySet<Fact> = new Set(["free"]);
  /** What it may be once the thread or the process has died. */
  #afterDeath: ReadonlySet<Fact> = this.#now;
  #idempotencyKey: string | undefined;
  readonly #open = new Set<OpenCall>();

  begin(policy: UnknownPolicy): OpenCall {
    const call: OpenCall = { policy, hasCalled: false, end: undefined };
    this.#open.add(call);
    return call;
  }

  /** The function is called. */
  call(call: OpenCall, idempotencyKey: string): void {
    const mayCall = this.#now.has("free") || (this.#now.has("unknown") && call.policy === "retry");
    if (!mayCall) throw new Error(`called with ${call.policy} though it is ${this}`);
    this.#idempotencyKey ??= idempotencyKey;
    if (this.#idempotencyKey !== idempotencyKey) throw new Error("called with another key");
    call.hasCalled = true;
  }

  /** `ctx.once` has settled after its function was called. */
  settle(call: OpenCall): void {
    this.#open.delete(call);
    const { end, policy } = call;
    if (end === undefined) throw new Error("settled before its function");
    const before = this.#afterDeath;
    if (end === "throws") {
      // That it threw, or that an earlier call did, may not have been stored.
      const lost: readonly Fact[] = before.has("unknown") || policy !== "retry" ? ["unknown"] : [];
      this.#set(["free"], ["free", ...lost]);
    } else if (end === "does not know") {
      this.#set(["unknown"], ["unknown", ...(policy === "retry" ? before : [])]);
    } else this.#set([end], [end]);
  }

  /** `ctx.once` has settled without a call of its function. */
  recall(call: OpenCall, fact: Fact): void {
    this.#open.delete(call);
    if (!this.#now.has(fact)) throw new Error(`taken for ${fact} though it is ${this}`);
    const afterDeath = fact === "unknown" ? [...this.#afterDeath] : [];
    this.#set([fact], [fact, ...afterDeath]);
  }

  /** Somebody has resolved it. */
  resolve(fact: Fact): void {
    this.#open.clear();
    if (!this.#now.has("unknown")) throw new Error(`resolved though it is ${this}`);
    this.#set([fact], [fact]);
  }

  /** It was refused before anything was done. */
  refuse(call: OpenCall): void {
    this.#open.delete(call);
  }

  die(): void {
    const may = new Set<Fact>(this.#afterDeath);
    for (const { policy, hasCalled, end } of this.#open) {
      if (policy !== "retry") may.add("unknown");
      if (!hasCalled || end === undefined) continue;
      if (end === "throws") may.add("free");
      else may.add(end === "does not know" ? "unknown" : end);
    }
    this.#open.clear();
    this.#set([...may], [...may]);
  }

  toString(): string {
    return [...this.#now].join(" or ");
  }

  #set(now: readonly Fact[], afterDeath: readonly Fact[]): void {
    this.#now = new Set(now);
    this.#afterDeath = new Set(afterDeath);
  }
}
