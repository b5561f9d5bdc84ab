/**
 * The fleet's clients in BAML source. They are not in a registry, because BAML keeps connections open from
 * call to call only for clients of the source. Pure.
 */

import { cutReasons } from "./cut-reasons.ts";

/** The client that the settings choose, for all functions that name it. */
export const CLIENT_NAME = "Default";
/** Names of the variables that the fleet's clients read. */
export const clientVariables = {
  baseUrl: "MODEL_BASE_URL",
  model: "MODEL_NAME",
  key: "MODEL_API_KEY",
} as const;
/** All in milliseconds. BAML's own defaults are infinite. */
export interface LlmTimeouts {
  readonly connectMs: number;
  /** Until the whole answer has arrived. */
  readonly requestMs: number;
  /** Until the first piece of a streamed answer. */
  readonly firstTokenMs: number;
  /** Between two pieces of a streamed answer. */
  readonly idleMs: number;
}

export const timeoutsDefault: LlmTimeouts = {
  connectMs: 10_000,
  requestMs: 120_000,
  firstTokenMs: 60_000,
  idleMs: 30_000,
};

/** What clients of equal source have in common. */
interface ClientKind {
  /** BAML's name of the provider. */
  readonly baml: string;
  readonly hasKey: boolean;
  readonly timeouts: LlmTimeouts;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A client with the name {@link CLIENT_NAME}. An answer that the provider marks as cut or withheld is
 * refused.
 */
export function clientSource({ baml, hasKey, timeouts, options }: ClientKind): string {
  const { baseUrl, model, key } = clientVariables;
  return `client<llm> ${CLIENT_NAME} {
  provider "${baml}"
  options {
    base_url env.${baseUrl}
    model env.${model}
    ${hasKey ? `api_key env.${key}` : ""}
    ${Object.entries(options)
      .map(([name, value]) => `${name} ${bamlLiteral(value)}`)
      .join("\n    ")}
    finish_reason_deny_list ${JSON.stringify(cutReasons)}
    http {
      ${httpOptions(timeouts)
        .map((option) => option.join(" "))
        .join("\n      ")}
    }
  }
}
`;
}

/** Clients that have other names than {@link CLIENT_NAME}; no client of an own file may have such a name. */
const FURTHER_NAME = "TroupeModel";

/** True for names that Troupe gives to clients. */
export function isReservedName(name: string): boolean {
  return name === CLIENT_NAME || /^Troupe(?:Model|Mentioned)\d+$/.test(name);
}

/**
 * Clients in one source, so that BAML compiles its functions once for all of them. Equal ones are one
 * client; the first is {@link CLIENT_NAME}.
 * @returns the source, and the name of each client in it
 */
export function joinSources(clients: readonly string[]): {
  readonly source: string;
  readonly names: readonly string[];
} {
  const kinds = [...new Set(clients)];
  const nameAt = (index: number) => (index === 0 ? CLIENT_NAME : `${FURTHER_NAME}${index}`);
  const named = kinds.map((kind, index) =>
    kind.replace(`client<llm> ${CLIENT_NAME} `, `client<llm> ${nameAt(index)} `),
  );
  return {
    source: named.join("\n"),
    names: clients.map((client) => nameAt(kinds.indexOf(client))),
  };
}

/** A client's options under `http`, as names and values. */
export function httpOptions(
  timeouts: LlmTimeouts = timeoutsDefault,
): readonly (readonly [name: string, value: string])[] {
  return [
    ["connect_timeout_ms", String(Math.round(timeouts.connectMs))],
    ["request_timeout_ms", String(Math.round(timeouts.requestMs))],
    ["time_to_first_token_timeout_ms", String(Math.round(timeouts.firstTokenMs))],
    ["idle_timeout_ms", String(Math.round(timeouts.idleMs))],
    ["enable_connection_pooling", "true"],
  ];
}

/** JSON data as BAML writes it: it knows no exponents, and separates the entries of an object by lines. */
function bamlLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(bamlLiteral).join(", ")}]`;
  if (typeof value === "number") return decimals.format(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)} ${bamlLiteral(item)}`,
  );
  return `{\n${entries.join("\n")}\n}`;
}

const decimals = new Intl.NumberFormat("en-US", {
  useGrouping: false,
  maximumFractionDigits: 20,
});
