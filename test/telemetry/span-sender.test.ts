/** How spans reach a collector, and what happens to those that do not. */

import { expect, test } from "vitest";
import { FLUSH_MS } from "../../src/telemetry/span-sender.ts";
import { STEPS_WAITING_MAX } from "../../src/telemetry/trace-feed.ts";
import { answers, hangs, rejects } from "../support/otlp-receiver.ts";
import { stepRow } from "../support/sample-rows.ts";
import { effectRow, openTraced, type TracedStore } from "./traced-store.ts";

test("headers, path and compression of the requests follow the variables, and no header is logged", async () => {
  await using traced = await openTraced({
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20the-key,x-team=a",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-team=b",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
  });
  await traced.add(stepRow());
  await traced.end();
  const [request] = traced.receiver.requests;
  expect(request).toMatchObject({ method: "POST", url: "/v1/traces" });
  expect(request?.headers).toMatchObject({
    authorization: "Bearer the-key",
    "x-team": "b",
    "content-type": "application/x-protobuf",
    "content-encoding": "gzip",
    "user-agent": expect.stringMatching(/^troupe\/\d/),
  });
  expect(traced.receiver.spans).toHaveLength(1);
  expect(JSON.stringify(traced.logged)).not.toContain("the-key");
});

test("an answer that is temporary is retried, and no span is lost", async () => {
  await using traced = await openTraced();
  traced.receiver.answer = (response, request) => {
    traced.receiver.answer = answers(200);
    response.setHeader("retry-after", "0");
    answers(503)(response, request);
  };
  await traced.add(stepRow());
  await traced.end();
  expect(traced.receiver.requests).toHaveLength(2);
  expect(traced.receiver.spans).toHaveLength(1);
  expect(traced.logged).not.toContainEqual(expect.objectContaining({ level: 40 }));
});

/** The last line of the log about lost spans. */
function lostIn({ logged }: TracedStore) {
  return logged.findLast(({ msg }) => msg === "spans of traces were lost");
}

test("a lasting refusal is not retried; its spans are counted and logged", async () => {
  await using traced = await openTraced();
  traced.receiver.answer = answers(401);
  await traced.add(stepRow(), [effectRow()]);
  await traced.end();
  expect(traced.receiver.requests).toHaveLength(1);
  expect(lostIn(traced)).toMatchObject({
    lost: { "the collector answered 401": 2 },
    lost_total: 2,
  });
});

test("spans that the collector rejects are counted", async () => {
  await using traced = await openTraced();
  traced.receiver.answer = rejects(1);
  await traced.add(stepRow(), [effectRow()]);
  await traced.end();
  expect(lostIn(traced)).toMatchObject({ lost: { "the collector rejected them": 1 } });
});

test("a collector that hangs delays the end by a bounded time, and steps in no way", async () => {
  await using traced = await openTraced({ OTEL_BSP_SCHEDULE_DELAY: "1" });
  traced.receiver.answer = hangs;
  await traced.add(stepRow());
  await traced.add(stepRow({ iteration: 2 }));
  await traced.end();
  expect(lostIn(traced)).toMatchObject({
    lost: { "the process ended before the collector had answered": 1 },
    lost_total: 2,
  });
  expect(traced.receiver.requests.length).toBeGreaterThan(0);
});

test("a batch that is not answered in time is lost, and the next one is sent", async () => {
  await using traced = await openTraced({
    OTEL_BSP_SCHEDULE_DELAY: "1",
    OTEL_EXPORTER_OTLP_TIMEOUT: "50",
  });
  traced.receiver.answer = hangs;
  await traced.add(stepRow());
  await expect
    .poll(() => lostIn(traced))
    .toMatchObject({
      lost: { "the collector did not answer within 50 ms": 1 },
    });
  traced.receiver.answer = answers(200);
  await traced.add(stepRow({ iteration: 2 }));
  await traced.end();
  expect(traced.receiver.spans).toHaveLength(1);
});

test("steps beyond the queue are lost as a whole, and counted", async () => {
  await using traced = await openTraced({ OTEL_BSP_MAX_QUEUE_SIZE: "5" });
  for (const iteration of [1, 2, 3]) {
    await traced.add(stepRow({ iteration }), [effectRow({ iteration })]);
  }
  await traced.end();
  expect(traced.receiver.spans).toHaveLength(4);
  expect(lostIn(traced)).toMatchObject({ lost: { "too many were waiting": 2 } });
});

test("steps beyond those that may wait for their effects are lost, and counted", async () => {
  await using traced = await openTraced({ OTEL_TRACES_SAMPLER: "always_off" });
  for (let n = 0; n < STEPS_WAITING_MAX + 3; n += 1) traced.publish(stepRow());
  await traced.end();
  expect(lostIn(traced)).toMatchObject({ lost_total: 3 });
});

test("a key in the collector's address is not logged", async () => {
  await using traced = await openTraced({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/here?key=the-key",
    OTEL_EXPORTER_OTLP_TIMEOUT: "100",
  });
  await traced.add(stepRow());
  await traced.end();
  expect(lostIn(traced)).toMatchObject({ collector: "http://127.0.0.1:9/here", lost_total: 1 });
  expect(JSON.stringify(traced.logged)).not.toContain("the-key");
});

test("steps whose effects cannot be read are lost, and counted", async () => {
  await using traced = await openTraced();
  await traced.store.close();
  traced.publish(stepRow());
  await traced.end();
  expect(traced.receiver.spans).toHaveLength(0);
  const [reason] = Object.keys(lostIn(traced)?.lost ?? {});
  expect(reason).toMatch(/^their rows could not be read: /);
});

test("a value that cannot be used is named in the log, and traces are sent", async () => {
  await using traced = await openTraced({ OTEL_EXPORTER_OTLP_TIMEOUT: "soon" });
  await traced.add(stepRow());
  await traced.end();
  expect(traced.receiver.spans).toHaveLength(1);
  expect(traced.logged.map(({ msg }) => msg)).toContain(
    "OTEL_EXPORTER_OTLP_TIMEOUT must be a whole number from 1 to 2147483647, got soon; its default counts",
  );
});

test.each([{ OTEL_SDK_DISABLED: "true" }, { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }])(
  "no request is made with %o",
  async (variables) => {
    await using traced = await openTraced(variables as Record<string, string>);
    await traced.add(stepRow());
    await traced.end();
    expect(traced.receiver.requests).toHaveLength(0);
  },
);

test("the end of the process waits less than the grace of its threads", () => {
  expect(FLUSH_MS).toBeLessThan(3_000);
});
