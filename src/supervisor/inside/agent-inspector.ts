/**
 * Looks inside agents' threads, also of agents that hang in a loop. Questions are bounded in time, number
 * and size. Those that disturb the thread are answered one at a time for each agent; a stack costs so
 * little that it is read next to them, and everyone who asks for it at the same moment gets the same.
 */

import { waitAtMost } from "../../deadline.ts";
import type { HeapSummary, Stack } from "../../model/agent-inside.ts";
import type { ErrorCode } from "../../model/error-codes.ts";
import { TroupeError } from "../../model/errors.ts";
import type { AgentId } from "../../model/ids.ts";
import { HEAP_SUMMARY_BYTES_MAX } from "../../model/limits.ts";
import type { Supervisor } from "../supervisor.ts";
import type { Child } from "../thread/child.ts";
import {
  type Answers,
  InspectorError,
  type InspectorFault,
  type Question,
  type QuestionKind,
} from "./inspector-protocol.ts";
import { ThreadInspector } from "./thread-inspector.ts";

/** Profiles and summaries at the same time, all agents together. */
const HEAVY_MAX = 4;

/** Milliseconds for the size of a heap. */
const HEAP_MS_MAX = 2_000;

/** Of a question that nobody takes back. */
const never = new AbortController().signal;

type Timed = "cpu_profile" | "heap_profile";

export class AgentInspector implements AsyncDisposable {
  readonly #supervisorOf: () => Pick<Supervisor, "agents" | "getRow">;
  readonly #threads = new ThreadInspector();
  readonly #stacks = new Map<Child, Promise<Stack>>();
  /** The agents of which a profile or a summary is being taken. */
  readonly #heavy = new Map<AgentId, QuestionKind>();

  constructor(supervisorOf: () => Pick<Supervisor, "agents" | "getRow">) {
    this.#supervisorOf = supervisorOf;
  }

  /** @throws {TroupeError} `AGENT_UNKNOWN`, `AGENT_HAS_NO_THREAD`, `INSPECTION_…`. */
  async stack(agentId: AgentId): Promise<Stack> {
    return await this.stackOf(agentId, await this.#childOf(agentId));
  }

  /** The stack of a thread that is known. */
  stackOf(agentId: AgentId, child: Child): Promise<Stack> {
    const reading = this.#stacks.get(child) ?? this.#readStack(agentId, child);
    this.#stacks.set(child, reading);
    return reading;
  }

  /**
   * JSON text in Chrome's format: `.cpuprofile`, `.heapprofile`.
   * @param signal ends it early: nobody waits for it any longer
   * @throws {TroupeError} as {@link stack}
   */
  async profile(agentId: AgentId, kind: Timed, ms: number, signal: AbortSignal): Promise<string> {
    const child = await this.#childOf(agentId);
    return await this.#alone(agentId, kind, () => this.#ask(agentId, child, { kind, ms }, signal));
  }

  /** @throws {TroupeError} as {@link stack} */
  async heapSummary(agentId: AgentId): Promise<HeapSummary> {
    const child = await this.#childOf(agentId);
    return await this.#alone(agentId, "heap_summary", () => this.#summarize(agentId, child));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }

  async #summarize(agentId: AgentId, child: Child): Promise<HeapSummary> {
    // It answers also from inside a loop, but not from a call into C++.
    const bytes = (await waitAtMost(child.measure(), HEAP_MS_MAX))?.heapBytes;
    if (bytes === undefined) throw noHeap(agentId);
    if (bytes > HEAP_SUMMARY_BYTES_MAX) throw tooLarge(agentId, bytes, HEAP_SUMMARY_BYTES_MAX);
    const summary = await this.#ask(agentId, child, { kind: "heap_summary" }, never);
    return { agent_id: agentId, at: Date.now(), ...summary };
  }

  async #readStack(agentId: AgentId, child: Child): Promise<Stack> {
    try {
      const frames = await this.#ask(agentId, child, { kind: "stack" }, never);
      const { phase, iteration } = child.position;
      const step = phase === "step" ? iteration + 1 : iteration;
      return { agent_id: agentId, at: Date.now(), phase, iteration: step, frames };
    } finally {
      this.#stacks.delete(child);
    }
  }

  async #ask<Q extends Question>(
    agentId: AgentId,
    child: Child,
    question: Q,
    signal: AbortSignal,
  ): Promise<Answers[Q["kind"]]> {
    try {
      return await this.#threads.ask(child, question, signal);
    } catch (error) {
      throw toTroupeError(error, agentId, question.kind);
    }
  }

  async #alone<T>(agentId: AgentId, kind: QuestionKind, take: () => Promise<T>): Promise<T> {
    const other = this.#heavy.get(agentId);
    if (other !== undefined) throw isBusy(agentId, other);
    if (this.#heavy.size >= HEAVY_MAX) throw tooMany(HEAVY_MAX);
    this.#heavy.set(agentId, kind);
    try {
      return await take();
    } finally {
      this.#heavy.delete(agentId);
    }
  }

  async #childOf(agentId: AgentId): Promise<Child> {
    const child = this.#supervisorOf().agents.get(agentId)?.child;
    if (child?.hasEnded === false) return child;
    throw noThread(agentId, (await this.#supervisorOf().getRow(agentId)).status);
  }
}

const nouns: Readonly<Record<QuestionKind, string>> = {
  stack: "the stack",
  cpu_profile: "the processor profile",
  heap_profile: "the heap profile",
  heap_summary: "the heap summary",
};

const codes: Readonly<Record<InspectorFault, ErrorCode>> = {
  gone: "AGENT_HAS_NO_THREAD",
  silent: "INSPECTION_TIMEOUT",
  too_large: "INSPECTION_TOO_LARGE",
  failed: "INSPECTION_FAILED",
};

function noThread(agentId: string, status: string): TroupeError {
  const message = `${agentId} is ${status} and has no thread now; only an agent with a thread can be inspected`;
  return new TroupeError("AGENT_HAS_NO_THREAD", message, { details: { status } });
}

/** Another question about the agent is under way. */
function isBusy(agentId: string, kind: QuestionKind): TroupeError {
  const message = `${nouns[kind]} of ${agentId} is already being taken; try again when it has ended`;
  return new TroupeError("INSPECTION_BUSY", message);
}

function tooMany(max: number): TroupeError {
  const message = `${max} profiles and heap summaries are already being taken; try again when one has ended`;
  return new TroupeError("INSPECTION_LIMIT", message);
}

function tooLarge(agentId: string, bytes: number, max: number): TroupeError {
  const [has, most] = [bytes, max].map((size) => `${Math.ceil(size / 2 ** 20)} MiB`);
  const message = `the heap of ${agentId} is ${has}; a summary can be made of at most ${most}. A heap profile has no such limit`;
  return new TroupeError("INSPECTION_TOO_LARGE", message, { details: { bytes, max } });
}

/** The thread did not say how large its heap is. */
function noHeap(agentId: string): TroupeError {
  const message = `${agentId} did not report the size of its heap: it is in a call that is not JavaScript, or its thread has ended`;
  return new TroupeError("INSPECTION_TIMEOUT", message);
}

function toTroupeError(thrown: unknown, agentId: string, kind: QuestionKind): unknown {
  if (!(thrown instanceof InspectorError)) return thrown;
  const { fault, message } = thrown;
  const why = fault === "silent" ? `${message}: it is in a call that is not JavaScript` : message;
  return new TroupeError(codes[fault], `${nouns[kind]} of ${agentId} was not taken: ${why}`);
}
