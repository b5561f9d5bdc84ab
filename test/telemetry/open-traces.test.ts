import { expect, test } from "vitest";
import { newStepId } from "../../src/model/ids.ts";
import { CONTENT_CHARS_MAX } from "../../src/telemetry/span-content.ts";
import type { ReceivedSpan } from "../support/otlp-receiver.ts";
import { newAction, stepRow } from "../support/sample-rows.ts";
import { effectRow, openTraced, type TracedStore } from "./traced-store.ts";

const CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

function span({ receiver }: TracedStore, name: string): ReceivedSpan {
  const found = receiver.spans.filter((one) => one.name === name);
  expect(found).toHaveLength(1);
  return found[0] as ReceivedSpan;
}

test("a step is invoke_agent, a model call is chat and another effect is execute_tool below it", async () => {
  await using traced = await openTraced();
  const step = stepRow({ iteration: 7, model: "gpt-6-luna", input_tokens: 30, output_tokens: 12 });
  const call = effectRow({
    iteration: 7,
    kind: "model",
    name: "TellJoke",
    key: "1",
    model: "gpt-6-luna",
    input_tokens: 30,
    output_tokens: 12,
    wait_ms: 40,
    retries: 2,
    started_at: 1_010,
    ended_at: 1_500,
  });
  const tool = effectRow({ iteration: 7, started_at: 1_600, ended_at: 1_700 });
  await traced.add(step, [call, tool]);
  await traced.end();

  expect(traced.receiver.spans).toHaveLength(3);
  const agent = span(traced, "invoke_agent joke");
  expect(agent).toMatchObject({
    traceId: step.step_id.replaceAll("-", ""),
    parentSpanId: "",
    kind: 1,
    start: 1_000,
    end: 2_000,
    status: { code: 0 },
    scope: { name: "troupe" },
  });
  expect(agent.attributes).toEqual({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": "openai",
    "gen_ai.agent.name": "joke",
    "gen_ai.agent.id": "agent1",
    "gen_ai.request.model": "gpt-6-luna",
    "gen_ai.usage.input_tokens": 30,
    "gen_ai.usage.output_tokens": 12,
    "troupe.step.id": step.step_id,
    "troupe.step.status": "ok",
    "troupe.step.iteration": 7,
    "troupe.agent.generation": 1,
  });
  const chat = span(traced, "chat gpt-6-luna");
  expect(chat).toMatchObject({
    traceId: agent.traceId,
    parentSpanId: agent.spanId,
    kind: 3,
    start: 1_010,
    end: 1_500,
  });
  expect(chat.attributes).toEqual({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-6-luna",
    "gen_ai.response.model": "gpt-6-luna",
    "gen_ai.prompt.name": "TellJoke",
    "gen_ai.usage.input_tokens": 30,
    "gen_ai.usage.output_tokens": 12,
    "troupe.model.wait_ms": 40,
    "troupe.model.retries": 2,
    "troupe.effect.id": call.effect_id,
    "troupe.effect.state": "done",
  });
  const execution = span(traced, "execute_tool send-mail");
  expect(execution).toMatchObject({
    traceId: agent.traceId,
    parentSpanId: agent.spanId,
    kind: 1,
    start: 1_600,
    end: 1_700,
    attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "send-mail" },
  });
  expect(new Set(traced.receiver.spans.map(({ spanId }) => spanId)).size).toBe(3);
});

test("effects go to the step of their agent and iteration, each once and in its furthest state", async () => {
  await using traced = await openTraced();
  const started = effectRow({ name: "twice-stored", state: "started", ended_at: null });
  await traced.store.effects.keep(started);
  const steps = [1, 2].map((iteration) => stepRow({ iteration }));
  const effects = [
    [{ ...started, state: "done" as const, ended_at: 1_300 }],
    [effectRow({ iteration: 2, name: "of-the-second" })],
  ];
  for (const [n, step] of steps.entries()) await traced.add(step, effects[n] ?? []);
  await traced.add(stepRow({ agent_id: "agent2" }));
  await traced.end();
  const children = traced.receiver.spans.filter(({ name }) => name.startsWith("execute_tool"));
  expect(children).toHaveLength(2);
  expect(span(traced, "execute_tool twice-stored")).toMatchObject({
    traceId: steps[0]?.step_id.replaceAll("-", ""),
    end: 1_300,
    attributes: { "troupe.effect.state": "done" },
  });
  expect(span(traced, "execute_tool of-the-second").traceId).toBe(
    steps[1]?.step_id.replaceAll("-", ""),
  );
});

test("a failed step, a failed call and an unknown outcome are errors with a code, an abort is not", async () => {
  await using traced = await openTraced();
  const error = { code: "LLM_ANSWER_INVALID", message: "could not parse: the whole secret answer" };
  await traced.add(stepRow({ status: "error", error }), [
    effectRow({ kind: "model", name: "TellJoke", state: "failed", error }),
    effectRow({ state: "unknown", ended_at: null }),
  ]);
  await traced.add(stepRow({ agent_id: "stranger", status: "aborted" }));
  await traced.end();

  for (const name of ["invoke_agent joke", "chat"]) {
    expect(span(traced, name)).toMatchObject({
      status: { code: 2, message: "" },
      attributes: { "error.type": "LLM_ANSWER_INVALID" },
    });
  }
  expect(span(traced, "chat").attributes).not.toHaveProperty("gen_ai.response.model");
  expect(span(traced, "execute_tool send-mail")).toMatchObject({
    end: 2_000,
    status: { code: 2 },
    attributes: { "error.type": "EFFECT_UNKNOWN", "troupe.effect.state": "unknown" },
  });
  expect(span(traced, "invoke_agent")).toMatchObject({
    status: { code: 0 },
    attributes: { "troupe.step.status": "aborted" },
  });
  expect(traced.receiver.text).not.toContain("secret");
});

/** Rows with content in every place that has any. */
function talkative() {
  const error = { code: "LLM_REFUSED", message: "secret message" };
  const step = stepRow({
    subject: "secret subject",
    result: "secret result",
    status: "error",
    error,
  });
  const call = { kind: "model" as const, name: "TellJoke", model: "m", key: "1" };
  const effects = [
    effectRow({ ...call, input: '["secret prompt"]', value: '"secret answer"' }),
    effectRow({ input: '["secret argument"]', value: '"secret value"' }),
  ];
  return { step, effects };
}

test.each([{}, { [CAPTURE]: "false" }, { [CAPTURE]: "EVENT_ONLY" }, { [CAPTURE]: "perhaps" }])(
  "nothing that was said is sent with %o",
  async (variables) => {
    await using traced = await openTraced(variables as Record<string, string>);
    const { step, effects } = talkative();
    await traced.add(step, effects);
    await traced.end();
    expect(traced.receiver.spans).toHaveLength(3);
    expect(traced.receiver.text).not.toContain("secret");
  },
);

test("what was said is sent on request, as far as it is stored", async () => {
  await using traced = await openTraced({ [CAPTURE]: "SPAN_ONLY" });
  const { step, effects } = talkative();
  const long = effectRow({ name: "long", value: "x".repeat(CONTENT_CHARS_MAX + 1) });
  await traced.add(step, [...effects, long]);
  await traced.end();
  const text = (content: string) => [{ type: "text", content }];
  const agent = span(traced, "invoke_agent joke");
  expect(agent.status.message).toBe("secret message");
  expect(JSON.parse(String(agent.attributes["gen_ai.input.messages"]))).toEqual([
    { role: "user", parts: text("secret subject") },
  ]);
  expect(JSON.parse(String(agent.attributes["gen_ai.output.messages"]))).toEqual([
    { role: "assistant", parts: text("secret result"), finish_reason: "stop" },
  ]);
  const chat = span(traced, "chat m");
  expect(JSON.parse(String(chat.attributes["gen_ai.input.messages"]))).toEqual([
    { role: "user", parts: text('["secret prompt"]') },
  ]);
  expect(span(traced, "execute_tool send-mail").attributes).toMatchObject({
    "gen_ai.tool.call.arguments": '["secret argument"]',
    "gen_ai.tool.call.result": '"secret value"',
  });
  const { attributes } = span(traced, "execute_tool long");
  expect(attributes).not.toHaveProperty("gen_ai.tool.call.arguments");
  expect(String(attributes["gen_ai.tool.call.result"])).toHaveLength(CONTENT_CHARS_MAX);
});

test("a step that used guidance belongs to the trace of its traceparent, and links to further ones", async () => {
  await using traced = await openTraced();
  const parents = ["0af7651916cd43dd8448eb211c80319c", "1bf7651916cd43dd8448eb211c80319c"];
  const metadata = [
    ...parents.map((traceId) => ({ traceparent: `00-${traceId}-b7ad6b7169203331-01` })),
    { traceparent: "nonsense" },
    null,
  ];
  const actions = metadata.map((one, n) =>
    newAction({ id: `action${n}`, metadata: one && JSON.stringify(one) }),
  );
  await traced.store.queue.append(actions);
  await traced.add(stepRow({ guidance_used: [...actions.map(({ id }) => id), "gone"] }), [
    effectRow(),
  ]);
  await traced.end();
  expect(span(traced, "invoke_agent joke")).toMatchObject({
    traceId: parents[0],
    parentSpanId: "b7ad6b7169203331",
    links: [{ traceId: parents[1], spanId: "b7ad6b7169203331" }],
  });
  expect(span(traced, "execute_tool send-mail").traceId).toBe(parents[0]);
});

test("a caller that does not sample has no spans, unless a sampler says so", async () => {
  const metadata = JSON.stringify({
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
  });
  for (const [sampler, spans] of [
    ["parentbased_always_on", 0],
    ["always_on", 1],
    ["always_off", 0],
  ] as const) {
    await using traced = await openTraced({ OTEL_TRACES_SAMPLER: sampler });
    await traced.store.queue.append([newAction({ id: "action1", metadata })]);
    await traced.add(stepRow({ guidance_used: ["action1"] }));
    await traced.end();
    expect(traced.receiver.spans).toHaveLength(spans);
  }
});

test("traceidratio samples a share of the steps", async () => {
  await using traced = await openTraced({
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.5",
  });
  // Of 2^-20, that none of 20 is sampled, or all.
  for (let iteration = 1; iteration <= 20; iteration += 1) {
    await traced.add(stepRow({ step_id: newStepId(), iteration }));
  }
  await traced.end();
  expect(traced.receiver.spans.length).toBeGreaterThan(0);
  expect(traced.receiver.spans.length).toBeLessThan(20);
});

test("the resource has Troupe's name and version, which OpenTelemetry's variables change", async () => {
  await using traced = await openTraced();
  await traced.add(stepRow());
  await traced.end();
  expect(traced.receiver.spans[0]?.resource).toMatchObject({
    "service.name": "troupe",
    "service.version": expect.stringMatching(/^\d+\.\d+\.\d+/),
    "telemetry.sdk.language": "nodejs",
  });
  await using renamed = await openTraced({
    OTEL_SERVICE_NAME: "jokes",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment.name=my%20test",
  });
  await renamed.add(stepRow());
  await renamed.end();
  expect(renamed.receiver.spans[0]?.resource).toMatchObject({
    "service.name": "jokes",
    "deployment.environment.name": "my test",
  });
});
