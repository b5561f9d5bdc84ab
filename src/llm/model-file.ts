/**
 * `models.json`: reads and checks the file. Everything that is wrong with it is found before a call uses it.
 * Invariant: no message quotes a value that may be a key.
 */

import { readAtMost, readAtMostAside } from "../files/bounded-file.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import { findTextLoss } from "../model/json-text-loss.ts";
import { type NamedModel, parseNamedModels } from "../model/named-model.ts";
import { type Provider, providerNames, providers } from "./providers.ts";

/** The models of a file that is valid in itself; whether keys are set is not known here. */
export interface ModelFile {
  readonly path: string;
  readonly models: ReadonlyMap<string, NamedModel>;
}

/** Largest file, in bytes. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Options that the file has its own fields for, in any provider, and those that decide what counts as an answer. */
const reservedOptions: ReadonlySet<string> = new Set([
  "base_url",
  "api_key",
  "model",
  "resource_name",
  "deployment_id",
  "http",
  "proxy_url",
  "finish_reason_allow_list",
  "finish_reason_deny_list",
]);

/** Headers that carry a key, which must be named by `key`. */
const KEY_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "api-key",
  "x-goog-api-key",
  "cookie",
]);

/** Names that `secrets.ts` hides from agents. */
const KEY_NAME = /(?:key|token|secret|password)s?$/i;

/** @throws {TroupeError} `MODELS_INVALID`, which names the file and the place in it. */
export function readModelFile(path: string): ModelFile {
  return parseModelFile(path, () => readAtMost(path, FILE_BYTES_MAX));
}

/** {@link readModelFile} for a thread that has other work. Never rejects: the result throws in its place. */
export async function readModelFileAside(path: string): Promise<() => ModelFile> {
  const read = await readAtMostAside(path, FILE_BYTES_MAX);
  return () => parseModelFile(path, read);
}

function parseModelFile(path: string, read: () => Uint8Array): ModelFile {
  const text = readText(path, read);
  const json = parseText(path, text);
  const fault = findJsonFault(json, "the file") ?? findTextLoss(text, json, "the file");
  if (fault !== undefined) throw invalid(path, fault);
  const models = parseNamedModels(json);
  if ("problem" in models) throw invalid(path, models.problem);
  for (const [name, model] of models) checkModel(path, { name, model, models });
  checkFunctions(path, models);
  return { path, models };
}

/** Names of the environment variables that hold keys of the file's models. */
export function keysOf(file: ModelFile | null): readonly string[] {
  return [...(file?.models.values() ?? [])].flatMap(({ key }) => (key === undefined ? [] : [key]));
}

/** The error for `place`, such as `big.key`, in the file. */
export function invalid(path: string, problem: string): TroupeError {
  return new TroupeError("MODELS_INVALID", `${path}: ${problem}`, { details: { file: path } });
}

function readText(path: string, read: () => Uint8Array): string {
  try {
    const bytes = read();
    if (bytes.length <= FILE_BYTES_MAX)
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : `cannot be read: ${code}`;
    throw invalid(path, code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "must be UTF-8" : why);
  }
  throw invalid(path, `must have at most ${FILE_BYTES_MAX} bytes`);
}

function parseText(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Node's message quotes the text, which may hold a key.
    const before = text.slice(0, faultPosition(text));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    const message = `${path}:${line}:${column}: is not valid JSON`;
    throw new TroupeError("MODELS_INVALID", message, { details: { file: path, line, column } });
  }
}

/** Where text stops being the start of JSON: Node names the place of some mistakes only. */
function faultPosition(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (good + 1 < bad) {
    const middle = Math.floor((good + bad) / 2);
    if (canContinue(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

/** True if it is JSON, or fails at its end only. */
function canContinue(start: string): boolean {
  try {
    JSON.parse(start);
    return true;
  } catch (thrown) {
    const message = String(thrown);
    const position = Number(/position (\d+)/.exec(message)?.[1]);
    return /end of JSON|Unterminated/.test(message) || position >= start.length;
  }
}

interface CheckedModel {
  readonly name: string;
  readonly model: NamedModel;
  readonly models: ReadonlyMap<string, NamedModel>;
}

function checkModel(path: string, { name, model, models }: CheckedModel): void {
  const { provider, key, fallback = [], options = {} } = model;
  if (!Object.hasOwn(providers, provider)) {
    const known = providerNames.join(", ");
    throw invalid(path, `${name}.provider must be one of ${known}, got ${excerpt(provider)}`);
  }
  if (key !== undefined) checkKey(path, name, model);
  for (const [index, other] of fallback.entries()) {
    const place = `${name}.fallback.${index}`;
    if (other === name) throw invalid(path, `${place} is the model itself`);
    if (fallback.indexOf(other) !== index)
      throw invalid(path, `${place}: ${other} is listed twice`);
    if (other !== "default" && !models.has(other)) {
      const known = [...models.keys()].join(", ");
      throw invalid(path, `${place} must be one of ${known}, got ${excerpt(other)}`);
    }
  }
  checkOptions(path, `${name}.options`, options);
}

/** Those of BAML if an entry has no `allowed_roles`. */
const ROLES: readonly string[] = ["user", "assistant", "system"];

function checkOptions(
  path: string,
  place: string,
  options: NonNullable<NamedModel["options"]>,
): void {
  for (const option of Object.keys(options)) {
    if (reservedOptions.has(option) || !/^[a-z][a-z0-9_]*$/.test(option)) {
      throw invalid(path, `${place} cannot have ${excerpt(option)}`);
    }
  }
  const { headers = {}, allowed_roles: roles = ROLES, default_role: role } = options;
  if (role !== undefined && !roles.includes(role)) {
    throw invalid(path, `${place}.default_role must be one of ${roles.join(", ")}`);
  }
  for (const header of Object.keys(headers)) {
    if (!KEY_HEADERS.has(header.toLowerCase())) continue;
    throw invalid(path, `${place}.headers cannot have ${header}; name the key's variable in key`);
  }
  // BAML's text knows no other escapes.
  if (/\\[ubf]/.test(JSON.stringify(options).replaceAll("\\\\", ""))) {
    throw invalid(path, `${place} must have no control characters in its texts`);
  }
}

/** A key goes to its provider alone: naming it for another one is refused. */
function checkKey(path: string, name: string, model: NamedModel): void {
  const { key = "", provider, base_url: baseUrl } = model;
  const place = `${name}.key`;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(key) || !KEY_NAME.test(key)) {
    throw invalid(
      path,
      `${place} must be the name of an environment variable that ends in KEY, TOKEN, SECRET or PASSWORD, not a key`,
    );
  }
  if (key.startsWith("TROUPE_")) throw invalid(path, `${place} must not be a setting of Troupe`);
  const all = Object.entries<Provider>(providers);
  const owners = all.filter(([, { keys }]) => keys.includes(key));
  const host = URL.parse(baseUrl ?? "")?.host;
  const isAt = ([, { baseUrl: urlOf }]: readonly [string, Provider]) =>
    host !== undefined && URL.parse(urlOf({}) ?? "")?.host === host;
  if (owners.length === 0 || owners.some(isAt)) return;
  // A provider's own key may go to an address that no known provider has, such as a proxy's.
  if (owners.some(([owner]) => owner === provider) && !all.some(isAt)) return;
  const names = owners.map(([owner]) => owner).join(" and ");
  throw invalid(path, `${place}: ${key} is a key of ${names} and is sent to no other host`);
}

function checkFunctions(path: string, models: ReadonlyMap<string, NamedModel>): void {
  const modelOf = new Map<string, string>();
  for (const [name, { functions = [] }] of models) {
    for (const one of functions) {
      const other = modelOf.get(one);
      if (other !== undefined) {
        throw invalid(path, `${name}.functions: ${excerpt(one)} has the model ${other} already`);
      }
      modelOf.set(one, name);
    }
  }
}
