/**
 * Decides from OpenTelemetry's environment variables whether traces are sent, and where to. A platform may
 * set them for all of its programs, so a value that cannot be used is a warning and never refuses a start.
 * Pure; loads no package, because each start comes through here.
 */

/** Variables whose names begin with `OTEL_`. */
export type TraceVariables = Readonly<Record<string, string>>;

export type TraceSwitch =
  | { readonly isOn: true; readonly url: URL }
  /** The warning is there if somebody seems to want traces. */
  | { readonly isOn: false; readonly warning?: string };

const GENERAL_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
/** The path below the general endpoint, as OTLP's specification has it. */
const TRACES_PATH = "v1/traces";
const PROTOCOL = "http/protobuf";

export function switchTraces(variables: TraceVariables): TraceSwitch {
  const name = [TRACES_ENDPOINT, GENERAL_ENDPOINT].find((one) => variables[one] !== undefined);
  if (name === undefined || variables["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") {
    return { isOn: false };
  }
  const exporters = (variables["OTEL_TRACES_EXPORTER"] ?? "otlp")
    .split(",")
    .map((one) => one.trim());
  if (exporters.includes("none")) return { isOn: false };
  if (!exporters.includes("otlp")) {
    return off(`OTEL_TRACES_EXPORTER must be otlp or none, got ${exporters.join(",")}`);
  }
  const [protocolName, protocol] = protocolOf(variables);
  if (protocol !== PROTOCOL) return off(`${protocolName} must be ${PROTOCOL}, got ${protocol}`);
  const url = URL.parse(variables[name] ?? "");
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return off(`${name} must be an http or https URL`);
  }
  // Its value is in the environment, which is not secret.
  if (url.username !== "" || url.password !== "") {
    return off(`${name} must not have a password; OTEL_EXPORTER_OTLP_HEADERS may`);
  }
  return { isOn: true, url: name === TRACES_ENDPOINT ? url : below(url) };
}

function protocolOf(variables: TraceVariables): readonly [name: string, value: string] {
  const names = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] as const;
  const name = names.find((one) => variables[one] !== undefined) ?? names[1];
  return [name, variables[name] ?? PROTOCOL];
}

function below(url: URL): URL {
  const { pathname } = url;
  return Object.assign(new URL(url), {
    pathname: `${pathname.endsWith("/") ? pathname : `${pathname}/`}${TRACES_PATH}`,
  });
}

function off(problem: string): TraceSwitch {
  return { isOn: false, warning: `no traces are sent: ${problem}` };
}
