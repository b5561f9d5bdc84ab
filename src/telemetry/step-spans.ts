/**
 * The spans of one step, from its stored rows: `invoke_agent` for the step, below it `chat` for each model
 * call and `execute_tool` for each other effect, in the names of OpenTelemetry's conventions for generative
 * AI. Ids follow from those of the rows, so a stored step leads to its trace: the trace's id is the step's id
 * without hyphens, unless guidance of the step names another trace. Pure.
 */

import { createHash } from "node:crypto";
import {
  type Attributes,
  type Link,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  TraceFlags,
} from "@opentelemetry/api";
import { hrTimeDuration, millisToHrTime } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { defined } from "../model/defined.ts";
import type { EffectRow } from "../model/effect.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { StepRow } from "../model/step.ts";
import { callContent, stepContent, toolContent } from "./span-content.ts";

/** A stored step. */
export interface TracedStep {
  readonly step: StepRow;
  readonly agentType: string | undefined;
  /** Those of the step, each in its furthest state. */
  readonly effects: readonly EffectRow[];
  /** Contexts that guidance of the step came with: the first is the parent, the others are linked. */
  readonly callers: readonly SpanContext[];
}

export interface SpanOptions extends Pick<ReadableSpan, "resource" | "instrumentationScope"> {
  /** True if prompts, answers and messages of errors are sent. */
  readonly hasContent: boolean;
  /** The provider of a model by the settings, which the rows do not have. */
  readonly providerOf: (model: string) => string | undefined;
}

/** The first span is that of the step. */
export function spansOf(traced: TracedStep, options: SpanOptions): readonly ReadableSpan[] {
  const context = contextOf(traced);
  const { step, effects } = traced;
  const children = effects.map((effect) =>
    toSpan(
      {
        ...(effect.kind === "model" ? describeCall(effect, options) : describeTool(effect)),
        spanContext: { ...context, spanId: spanIdOf(effect.effect_id) },
        parent: context,
        startedAt: effect.started_at,
        // Nobody knows when an effect has ended whose outcome is unknown.
        endedAt: effect.ended_at ?? step.ended_at,
        error: effect.error ?? unknownOutcome(effect),
      },
      options,
    ),
  );
  return [toSpan(describeStep(traced, context, options), options), ...children];
}

/** The name and the attributes of a step's span that a sampler may use. */
export function outlineOf({ step, agentType }: TracedStep) {
  const attributes: Attributes = defined({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": agentType,
    "gen_ai.agent.id": step.agent_id,
    "gen_ai.request.model": step.model ?? undefined,
  });
  return { name: nameOf("invoke_agent", agentType), kind: SpanKind.INTERNAL, attributes };
}

export function contextOf({ step, callers: [parent] }: TracedStep): SpanContext {
  return {
    traceId: parent?.traceId ?? step.step_id.replaceAll("-", ""),
    spanId: spanIdOf(step.step_id),
    traceFlags: TraceFlags.SAMPLED,
  };
}

/** What differs from one span to another. */
interface Described {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Attributes that are sent only on request. */
  readonly content: Attributes;
  readonly spanContext: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly links?: Link[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: ErrorData | null;
}

function describeStep(
  traced: TracedStep,
  spanContext: SpanContext,
  options: SpanOptions,
): Described {
  const { step, callers } = traced;
  const [parent, ...others] = callers;
  const { name, kind, attributes } = outlineOf(traced);
  return {
    name,
    kind,
    attributes: {
      ...attributes,
      ...providerAttribute(step, options),
      ...usageOf(step),
      "troupe.step.id": step.step_id,
      "troupe.step.status": step.status,
      "troupe.step.iteration": step.iteration,
      "troupe.agent.generation": step.generation,
    },
    content: stepContent(step),
    spanContext,
    parent,
    links: others.map((context) => ({ context })),
    startedAt: step.started_at,
    endedAt: step.ended_at,
    // An aborted step has done what it was asked.
    error: step.status === "error" ? (step.error ?? { code: "_OTHER", message: "" }) : null,
  };
}

type DescribedEffect = Pick<Described, "name" | "kind" | "attributes" | "content">;

/** A function's name stands for its prompt. */
function describeCall(effect: EffectRow, options: SpanOptions): DescribedEffect {
  const model = effect.model ?? undefined;
  return {
    name: nameOf("chat", model),
    kind: SpanKind.CLIENT,
    attributes: {
      "gen_ai.operation.name": "chat",
      ...providerAttribute(effect, options),
      ...defined({
        "gen_ai.request.model": model,
        "gen_ai.response.model": effect.state === "done" ? model : undefined,
        "troupe.model.wait_ms": effect.wait_ms ?? undefined,
        "troupe.model.retries": effect.retries ?? undefined,
      }),
      "gen_ai.prompt.name": effect.name,
      ...usageOf(effect),
      ...effectAttributes(effect),
    },
    content: callContent(effect),
  };
}

function describeTool(effect: EffectRow): DescribedEffect {
  return {
    name: nameOf("execute_tool", effect.name),
    kind: SpanKind.INTERNAL,
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": effect.name,
      ...effectAttributes(effect),
    },
    content: toolContent(effect),
  };
}

function effectAttributes({ effect_id, state }: EffectRow): Attributes {
  return { "troupe.effect.id": effect_id, "troupe.effect.state": state };
}

function providerAttribute(
  { model }: StepRow | EffectRow,
  { providerOf }: SpanOptions,
): Attributes {
  const provider = model === null ? undefined : providerOf(model);
  return provider === undefined ? {} : { "gen_ai.provider.name": providerName(provider) };
}

function usageOf({ input_tokens, output_tokens }: StepRow | EffectRow): Attributes {
  return defined({
    "gen_ai.usage.input_tokens": input_tokens ?? undefined,
    "gen_ai.usage.output_tokens": output_tokens ?? undefined,
  });
}

function unknownOutcome({ state }: EffectRow): ErrorData | null {
  const message = "the thread ended before the outcome was known";
  return state === "unknown" ? { code: "EFFECT_UNKNOWN", message } : null;
}

function toSpan(described: Described, options: SpanOptions): ReadableSpan {
  const { spanContext, parent, error, content, links = [] } = described;
  const startTime = millisToHrTime(described.startedAt);
  // A clock that was set back must not make a span that collectors refuse.
  const endTime = millisToHrTime(Math.max(described.startedAt, described.endedAt));
  return {
    name: described.name,
    kind: described.kind,
    spanContext: () => spanContext,
    ...(parent && { parentSpanContext: parent }),
    startTime,
    endTime,
    duration: hrTimeDuration(startTime, endTime),
    status: statusOf(error, options.hasContent),
    attributes: {
      ...described.attributes,
      ...(error && { "error.type": error.code }),
      ...(options.hasContent && content),
    },
    links,
    events: [],
    ended: true,
    resource: options.resource,
    instrumentationScope: options.instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** A message is content: it may quote an answer, as that of an answer that could not be parsed does. */
function statusOf(error: ErrorData | null, hasContent: boolean): SpanStatus {
  if (error === null) return { code: SpanStatusCode.UNSET };
  return { code: SpanStatusCode.ERROR, ...(hasContent && { message: error.message }) };
}

function nameOf(operation: string, what: string | undefined): string {
  return what === undefined ? operation : `${operation} ${what}`;
}

/** Eight bytes that are the same whenever they are made again. */
function spanIdOf(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 16);
}

/** Values of `gen_ai.provider.name` that the conventions know, by our names or BAML's. */
const wellKnown: Readonly<Record<string, string>> = {
  "google-ai": "gcp.gemini",
  "vertex-ai": "gcp.vertex_ai",
  "azure-openai": "azure.ai.openai",
  "aws-bedrock": "aws.bedrock",
  "openai-responses": "openai",
};

function providerName(provider: string): string {
  return wellKnown[provider] ?? provider;
}
