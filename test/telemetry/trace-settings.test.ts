import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readTraceSettings } from "../../src/telemetry/trace-settings.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

test("without variables the defaults of OpenTelemetry's specification count", () => {
  expect(readTraceSettings({})).toEqual({
    headers: {},
    timeoutMs: 10_000,
    isCompressed: false,
    tls: {},
    batch: {
      scheduledDelayMillis: 5_000,
      exportTimeoutMillis: 30_000,
      maxQueueSize: 2_048,
      maxExportBatchSize: 512,
    },
    resource: {},
    sampler: { name: "parentbased_always_on", ratio: 1 },
    hasContent: false,
    warnings: [],
  });
});

test("a variable for traces beats that for all signals", () => {
  const { timeoutMs, isCompressed, warnings } = readTraceSettings({
    OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
    OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "2000",
    OTEL_EXPORTER_OTLP_COMPRESSION: "none",
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "gzip",
  });
  expect({ timeoutMs, isCompressed, warnings }).toEqual({
    timeoutMs: 2_000,
    isCompressed: true,
    warnings: [],
  });
});

test("a batch is not larger than the queue", () => {
  const { batch } = readTraceSettings({ OTEL_BSP_MAX_QUEUE_SIZE: "100" });
  expect(batch).toMatchObject({ maxQueueSize: 100, maxExportBatchSize: 100 });
});

const invalid = [
  ["OTEL_EXPORTER_OTLP_TIMEOUT", "0", "a whole number from 1 to 2147483647"],
  ["OTEL_BSP_SCHEDULE_DELAY", "-5", "a whole number from 1 to 2147483647"],
  ["OTEL_BSP_MAX_QUEUE_SIZE", "1e3", "a whole number from 1 to 2147483647"],
  ["OTEL_BSP_EXPORT_TIMEOUT", "2147483648", "a whole number from 1 to 2147483647"],
  ["OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "none, gzip"],
  ["OTEL_TRACES_SAMPLER_ARG", "2", "a number from 0 to 1"],
] as const;

test.each(invalid)("%s=%s is named, and its default counts", (name, text, expected) => {
  const { warnings, ...settings } = readTraceSettings({ [name]: text });
  expect(warnings).toEqual([`${name} must be ${expected}, got ${text}; its default counts`]);
  expect({ ...settings, warnings: [] }).toEqual(readTraceSettings({}));
});

test("an unknown sampler is named with those that there are", () => {
  const { warnings, sampler } = readTraceSettings({ OTEL_TRACES_SAMPLER: "jaeger_remote" });
  expect(warnings[0]).toMatch(/^OTEL_TRACES_SAMPLER must be always_on, .*got jaeger_remote/);
  expect(sampler.name).toBe("parentbased_always_on");
});

test("headers that are no pairs are reported without their text, and the others count", () => {
  const { headers, warnings } = readTraceSettings({
    OTEL_EXPORTER_OTLP_HEADERS: "a=1, the-secret ,b=x%3Dy,",
  });
  expect(headers).toEqual({ a: "1", b: "x=y" });
  expect(warnings).toEqual([
    "OTEL_EXPORTER_OTLP_HEADERS must be name=value pairs, separated by commas; others are left out",
  ]);
});

test("certificates are read from the files that variables name", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "ca.pem");
  await writeFile(path, "certificate");
  const { tls, warnings } = readTraceSettings({
    OTEL_EXPORTER_OTLP_CERTIFICATE: path,
    OTEL_EXPORTER_OTLP_CLIENT_KEY: join(folder.path, "missing.pem"),
  });
  expect(tls).toEqual({ ca: Buffer.from("certificate") });
  expect(warnings).toEqual([
    expect.stringMatching(/^OTEL_EXPORTER_OTLP_CLIENT_KEY must be a readable file: ENOENT/),
  ]);
});
