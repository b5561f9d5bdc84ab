/** Reads what people type into forms: a value, or what is wrong with it. Pure. */

import { findTextLoss } from "../../model/json-text-loss.ts";
import { isObject } from "../../model/parse-json.ts";

export type Read<T> =
  | { readonly isOk: true; readonly value: T }
  | { readonly isOk: false; readonly error: string };

/** The server's rule for ids; if it is empty, the server generates one. */
const agentIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

export function readAgentId(text: string): Read<string | undefined> {
  const id = text.trim();
  if (id === "") return { isOk: true, value: undefined };
  if (agentIdPattern.test(id)) return { isOk: true, value: id };
  const error = "1 to 128 of A-Z a-z 0-9 . _ : @ -, starting with a letter or digit";
  return { isOk: false, error };
}

/** A JSON object; empty text is an empty object. */
export function readJsonObject(text: string): Read<Readonly<Record<string, unknown>>> {
  if (text.trim() === "") return { isOk: true, value: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) {
      return { isOk: false, error: 'must be a JSON object, such as {"key": "value"}' };
    }
    const loss = findTextLoss(text, value, "JSON");
    return loss === undefined ? { isOk: true, value } : { isOk: false, error: loss };
  } catch (error) {
    return { isOk: false, error: jsonFault(error, text) };
  }
}

/** Any JSON value; empty text is none. */
export function readJsonValue(text: string, bytesMax: number): Read<unknown> {
  if (text.trim() === "") return { isOk: true, value: undefined };
  try {
    const value: unknown = JSON.parse(text);
    const loss = findTextLoss(text, value, "JSON");
    if (loss !== undefined) return { isOk: false, error: loss };
    const { byteLength } = new TextEncoder().encode(JSON.stringify(value));
    if (byteLength <= bytesMax) return { isOk: true, value };
    return { isOk: false, error: `at most ${bytesMax} bytes, this has ${byteLength}` };
  } catch (error) {
    return { isOk: false, error: jsonFault(error, text) };
  }
}

/** The browser's message, and the commonest reason: text that a word processor or a chat has changed. */
function jsonFault(error: unknown, text: string): string {
  const fault = error instanceof Error ? error.message : "not JSON";
  const [mark] = /[“”„‟«»]/.exec(text) ?? [];
  return mark === undefined ? fault : `${fault}; ${mark} is not the " of JSON`;
}

/** Milliseconds from seconds as typed; empty text is the default of the type. */
export function readInterval(text: string): Read<number | undefined> {
  if (text.trim() === "") return { isOk: true, value: undefined };
  const seconds = Number(text);
  const isOk = Number.isFinite(seconds) && seconds >= 0 && seconds <= 86_400;
  return isOk
    ? { isOk, value: Math.round(seconds * 1_000) }
    : { isOk, error: "seconds from 0 to 86400, such as 0.5" };
}
