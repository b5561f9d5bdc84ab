/**
 * What a provider says of a failure, in the body of an answer or in an event of a stream. Some fail after the
 * status was sent: then nothing but the text of a 200 shows it. Pure.
 */

import { isObject, parseJson } from "../model/parse-json.ts";

export interface SaidError {
  /** Treated as 429, as 5xx, or as any other 4xx; an unknown reason counts as the last. */
  readonly kind: "limited" | "failed" | "refused";
  /** Empty if it gives no reason. */
  readonly message: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The last error in the body of an answer, or in the data of a stream's events; undefined if there is none. */
export function findSaidError(texts: readonly string[]): SaidError | undefined {
  for (const text of texts.toReversed()) {
    // The pieces of a long answer are not parsed.
    const error = text.includes('"error"') ? errorOf(parseJson(text)) : undefined;
    if (error !== undefined) return { kind: kindOf(error), message: messageOf(error) };
  }
  return undefined;
}

/** The reason in the body of an answer whose status says that it is an error; empty if there is none. */
export function readReason(body: string): string {
  const value = parseJson(body);
  const error = errorOf(value) ?? (isObject(value) ? value : {});
  return messageOf(error);
}

/** In OpenAI's, Anthropic's or Google's form, or as text. Whole answers may have one whose fields say nothing. */
function errorOf(value: unknown): Fields | undefined {
  const whole = Array.isArray(value) ? (value[0] as unknown) : value;
  if (!isObject(whole)) return undefined;
  const { error, type, response } = whole;
  if (isObject(error) && Object.values(error).some(Boolean)) return error;
  if (typeof error === "string" && error !== "") return { message: error };
  // Two events of OpenAI's Responses.
  if (type === "error") return whole;
  return isObject(response) ? errorOf(response) : undefined;
}

/** `detail` is FastAPI's, on which many servers for one's own models are built. */
function messageOf({ message, detail }: Fields): string {
  const text = message ?? detail;
  return typeof text === "string" ? text : "";
}

const limited = /rate_?limit|quota|too_many|resource_exhausted/i;
const failed = /overload|server_error|api_error|internal|unavailable|timeout|deadline/i;

function kindOf({ code, status, type }: Fields): SaidError["kind"] {
  const marks = [code, status, type].map(String);
  if (marks.some((mark) => mark === "429" || limited.test(mark))) return "limited";
  const isFailure = marks.some((mark) => /^5\d\d$/.test(mark) || failed.test(mark));
  return isFailure ? "failed" : "refused";
}
