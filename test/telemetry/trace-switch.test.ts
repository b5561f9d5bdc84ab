import { expect, test } from "vitest";
import { switchTraces } from "../../src/telemetry/trace-switch.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const endpoint = { [ENDPOINT]: "http://collector:4318" };

const places = [
  ["http://collector:4318", "http://collector:4318/v1/traces"],
  ["http://collector:4318/", "http://collector:4318/v1/traces"],
  ["https://host/otlp", "https://host/otlp/v1/traces"],
  ["https://host/otlp/?team=a", "https://host/otlp/v1/traces?team=a"],
] as const;

test.each(places)("the general endpoint %s means %s", (value, url) => {
  const found = switchTraces({ [ENDPOINT]: value });
  expect(found).toMatchObject({ isOn: true });
  expect(found.isOn && found.url.href).toBe(url);
});

test("the endpoint for traces beats the general one and is used as it is", () => {
  const found = switchTraces({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t/here" });
  expect(found.isOn && found.url.href).toBe("http://t/here");
});

test.each([
  {},
  { OTEL_SERVICE_NAME: "alone" },
  { ...endpoint, OTEL_SDK_DISABLED: "TRUE" },
  { ...endpoint, OTEL_TRACES_EXPORTER: "none" },
])("nothing is sent or said with %o", (variables) => {
  expect(switchTraces(variables as Record<string, string>)).toEqual({ isOn: false });
});

const refused = [
  [
    { ...endpoint, OTEL_TRACES_EXPORTER: "zipkin" },
    "OTEL_TRACES_EXPORTER must be otlp or none, got zipkin",
  ],
  [
    { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
    "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, got grpc",
  ],
  [
    { ...endpoint, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" },
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL must be http/protobuf, got http/json",
  ],
  [{ [ENDPOINT]: "collector:4317" }, `${ENDPOINT} must be an http or https URL`],
  [{ [ENDPOINT]: "nonsense" }, `${ENDPOINT} must be an http or https URL`],
  [
    { [ENDPOINT]: "https://me:secret@host" },
    `${ENDPOINT} must not have a password; OTEL_EXPORTER_OTLP_HEADERS may`,
  ],
] as const;

test.each(refused)(
  "%o is a warning, without secrets, and nothing is sent",
  (variables, problem) => {
    const found = switchTraces(variables as Record<string, string>);
    expect(found).toEqual({ isOn: false, warning: `no traces are sent: ${problem}` });
  },
);

test("a protocol for traces beats the general one, and http/protobuf is served", () => {
  const found = switchTraces({
    ...endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
    OTEL_TRACES_EXPORTER: "console, otlp",
  });
  expect(found.isOn).toBe(true);
});
