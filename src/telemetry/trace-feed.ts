/**
 * Turns stored steps into spans: each step whose event arrives, with its effects, which are stored before it.
 * Steps wait here for one query that reads the effects of many. Nothing waits for this: a step too many is
 * counted as lost.
 */

import { setImmediate as immediate } from "node:timers/promises";
import { type Context, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import { type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace";
import { waitAtMost } from "../deadline.ts";
import type { EventBus } from "../event-bus.ts";
import type { EffectRow } from "../model/effect.ts";
import type { AgentId } from "../model/ids.ts";
import { parseJsonObject } from "../model/parse-json.ts";
import type { StepRow } from "../model/step.ts";
import type { Store } from "../store/store.ts";
import { STEPS_AT_ONCE_MAX } from "../store/tables/effects-of-steps.ts";
import type { LostSpans } from "./lost-spans.ts";
import { CONTENT_CHARS_MAX } from "./span-content.ts";
import type { SpanSender } from "./span-sender.ts";
import { contextOf, outlineOf, type SpanOptions, spansOf, type TracedStep } from "./step-spans.ts";

/** Steps that may wait for their effects to be read. */
export const STEPS_WAITING_MAX = 2_048;

/** Steps whose effects are read together with what was said, which can be long. */
const STEPS_WITH_CONTENT = 16;
/** Milliseconds that the end waits for a database that does not answer. */
const READING_END_MS = 2_000;

export interface TraceFeedOptions {
  readonly events: EventBus;
  readonly store: Pick<Store, "effects" | "queue">;
  /** The type of an agent that has a step at this moment. */
  readonly typeOf: (agentId: AgentId) => string | undefined;
  readonly sampler: Sampler;
  readonly spans: SpanOptions;
  readonly sender: SpanSender;
  readonly lost: LostSpans;
}

type WaitingStep = Pick<TracedStep, "step" | "agentType">;

export class TraceFeed implements AsyncDisposable {
  readonly #options: TraceFeedOptions;
  readonly #subscription: Disposable;
  /** Oldest first; the first ones may be being read. */
  readonly #waiting: WaitingStep[] = [];
  #hasEnded = false;
  /** Empties the queue; undefined while it is empty. */
  #reading: Promise<void> | undefined;

  constructor(options: TraceFeedOptions) {
    this.#options = options;
    this.#subscription = options.events.subscribe(({ type, data }) => {
      if (type === "agent.step") this.#add(data);
    });
  }

  /** Resolves once all steps so far are spans, after {@link READING_END_MS} at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    await waitAtMost(Promise.resolve(this.#reading), READING_END_MS);
    this.#hasEnded = true;
    this.#options.lost.add(this.#waiting.length, "the database did not answer before the end");
  }

  #add(step: StepRow): void {
    const { lost, typeOf } = this.#options;
    if (this.#waiting.length >= STEPS_WAITING_MAX) {
      lost.add(1, "too many steps were waiting");
      return;
    }
    this.#waiting.push({ step, agentType: typeOf(step.agent_id) });
    this.#reading ??= this.#read();
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    const { lost, sender, spans } = this.#options;
    const atOnce = spans.hasContent ? STEPS_WITH_CONTENT : STEPS_AT_ONCE_MAX;
    while (this.#waiting.length > 0) {
      // The steps of one commit are published together.
      await immediate();
      const steps = this.#waiting.slice(0, atOnce);
      const traced = await this.#trace(steps).catch((error: Error) => error);
      if (this.#hasEnded) return;
      this.#waiting.splice(0, steps.length);
      if (traced instanceof Error) {
        lost.add(steps.length, `their rows could not be read: ${traced.message}`);
        continue;
      }
      for (const one of traced.filter((step) => this.#isSampled(step))) {
        sender.send(spansOf(one, spans));
      }
    }
    this.#reading = undefined;
  }

  async #trace(waiting: readonly WaitingStep[]): Promise<readonly TracedStep[]> {
    const steps = waiting.map(({ step }) => step);
    const [effects, callers] = await Promise.all([
      this.#findEffects(steps),
      this.#findCallers(steps),
    ]);
    return waiting.map(({ step, agentType }) => ({
      step,
      agentType,
      effects: effects.get(keyOf(step)) ?? [],
      callers: (step.guidance_used ?? []).flatMap((id) => callers.get(id) ?? []),
    }));
  }

  async #findEffects(steps: readonly StepRow[]): Promise<ReadonlyMap<string, EffectRow[]>> {
    const { store, spans } = this.#options;
    const textMax = spans.hasContent ? CONTENT_CHARS_MAX : 0;
    return Map.groupBy(await store.effects.listOfSteps(steps, textMax), keyOf);
  }

  /** The contexts that actions of guidance came with: W3C's `traceparent` in their metadata. */
  async #findCallers(steps: readonly StepRow[]): Promise<ReadonlyMap<string, SpanContext>> {
    const ids = steps.flatMap(({ guidance_used }) => guidance_used ?? []);
    if (ids.length === 0) return new Map();
    const actions = await this.#options.store.queue.findAll(ids);
    const found = [...actions].map(([id, { metadata }]) => [id, callerOf(metadata)] as const);
    return new Map(found.filter((entry): entry is [string, SpanContext] => entry[1] !== undefined));
  }

  /** Decided for a step and all that is in it. */
  #isSampled(traced: TracedStep): boolean {
    const { name, kind, attributes } = outlineOf(traced);
    const [parent] = traced.callers;
    const { traceId } = contextOf(traced);
    const context: Context =
      parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const { decision } = this.#options.sampler.shouldSample(
      context,
      traceId,
      name,
      kind,
      attributes,
      [],
    );
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  }
}

function callerOf(metadata: string | null): SpanContext | undefined {
  const text = metadata === null ? undefined : parseJsonObject(metadata)?.["traceparent"];
  const context = typeof text === "string" ? parseTraceParent(text) : null;
  return context === null ? undefined : { ...context, isRemote: true };
}

function keyOf({ agent_id, iteration }: StepRow | EffectRow): string {
  return `${iteration} ${agent_id}`;
}
