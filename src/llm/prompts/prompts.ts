/**
 * A user's own BAML functions as one immutable value: read, named and hashed on the main thread, compiled
 * in the pool's threads. Calls that run keep the value that they started with.
 *
 * A task carries them in shared memory, as a reference, and a thread of the pool makes its runtime at the
 * first call that needs it. Rejected: another pool for each reload, which loads BAML again while calls
 * still run in the old one.
 */

import { createHash } from "node:crypto";
import { isReservedName } from "../client-source.ts";
import { builtInFunctions } from "./built-in-functions.ts";
import { type BamlFiles, type Declaration, readDeclarations } from "./declarations.ts";
import { type FunctionParameters, parametersOf } from "./function-parameters.ts";
import { type Edit, type OwnClient, readClients, variablesOf } from "./own-clients.ts";
import { readPromptFiles } from "./prompt-files.ts";
import { promptInvalid } from "./prompt-invalid.ts";

/** Part of the hash: with another version the same sources may give other types, or none. */
export const BAML_VERSION = "0.226.2";

/** What the threads that compile receive. */
export interface PromptSet {
  /** BAML source by path, with edited clients. */
  readonly files: BamlFiles;
  /** The client of each own function. */
  readonly functions: Readonly<Record<string, string>>;
  /** Clients by name, without the fleet's own. */
  readonly clients: Readonly<Record<string, OwnClient>>;
}

export interface Prompts {
  /** A hash of the sources: equal sources have equal ids. */
  readonly id: string;
  readonly set: PromptSet;
  /** The names of each function's parameters. */
  readonly parameters: FunctionParameters;
  /** The set as JSON: a message to a thread carries a reference to it and not a copy. */
  readonly shared: SharedArrayBuffer;
  /** Environment variables that the clients read. */
  readonly variables: readonly string[];
  /** Those of them that hold keys. */
  readonly keys: readonly string[];
}

/**
 * Reads the folder. Does not compile.
 * @throws {TroupeError} `PROMPT_INVALID` for a name that exists twice or a client that cannot be used;
 * `SETTING_INVALID` if there is no such folder.
 */
export async function readPrompts(folder: string): Promise<Prompts> {
  return makePrompts(await readPromptFiles(folder));
}

/** @throws {TroupeError} `PROMPT_INVALID` */
export function makePrompts(files: BamlFiles): Prompts {
  const declarations = readDeclarations(files);
  checkNames(declarations, {
    function: (name) => builtInFunctions.includes(name),
    client: isReservedName,
  });
  const { clients, functions, edits, extraSource } = readClients(declarations);
  const edited = applyEdits(files, [...edits, ...declarations.flatMap(withoutUnused(files))]);
  const extra = extraSource === "" ? {} : { [EXTRA_FILE]: extraSource };
  const set = { files: { ...edited, ...extra }, functions, clients };
  const leaves = Object.values(clients).filter((client) => client.kind === "leaf");
  return {
    id: hashOf(files),
    set,
    parameters: parametersOf(declarations),
    shared: toShared(JSON.stringify(set)),
    variables: [...new Set(leaves.flatMap(variablesOf))],
    keys: leaves.flatMap(({ key }) => (key !== null && "variable" in key ? [key.variable] : [])),
  };
}

/** The file of clients that the others only mention. */
const EXTRA_FILE = "mentioned-clients.baml";

/** Tests and generators are for BAML's own tools; a generator of another version is an error. */
function withoutUnused(files: BamlFiles) {
  return ({ kind, file, start, end }: Declaration): readonly Edit[] => {
    if (kind !== "test" && kind !== "generator") return [];
    const text = (files[file] ?? "").slice(start, end).replace(/[^\n]/g, "");
    return [{ file, start, end, text }];
  };
}

function applyEdits(files: BamlFiles, edits: readonly Edit[]): BamlFiles {
  const byFile = Map.groupBy(edits, ({ file }) => file);
  const edited = Object.entries(files).map(([file, source]) => {
    const own = (byFile.get(file) ?? []).toSorted((a, b) => a.start - b.start);
    const ends = [0, ...own.map(({ end }) => end)];
    const kept = [...own.map(({ start }) => start), source.length];
    const parts = kept.map((start, n) => source.slice(ends[n], start) + (own[n]?.text ?? ""));
    return [file, parts.join("")];
  });
  return Object.fromEntries(edited) as BamlFiles;
}

function hashOf(files: BamlFiles): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([BAML_VERSION, builtInFunctions, Object.entries(files)]));
  return hash.digest("base64url").slice(0, 22);
}

function toShared(text: string): SharedArrayBuffer {
  const bytes = Buffer.from(text);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** Names that BAML keeps apart. */
const spaces: Readonly<Record<Declaration["kind"], string>> = {
  function: "function",
  client: "client",
  class: "type",
  enum: "type",
  type: "type",
  retry_policy: "retry policy",
  template_string: "template string",
  test: "test",
  generator: "generator",
};

/** For each kind: true if a name is already taken by Troupe. */
type BuiltIn = Partial<Readonly<Record<Declaration["kind"], (name: string) => boolean>>>;

/** @throws {TroupeError} `PROMPT_INVALID`, with both places of a name. */
function checkNames(declarations: readonly Declaration[], builtIn: BuiltIn): void {
  const first = new Map<string, Declaration>();
  for (const one of declarations) {
    const { kind, name } = one;
    // BAML compares tests by their functions too, and Troupe runs none.
    if (kind === "test" || kind === "generator") continue;
    if (builtIn[kind]?.(name) === true) {
      throw promptInvalid(one, `is a ${kind} of Troupe; choose another name`);
    }
    if (kind === "function" && !/^[A-Z]/.test(name)) {
      throw promptInvalid(one, "the name of a function must begin with a capital letter");
    }
    const key = `${spaces[kind]} ${name}`;
    const other = first.get(key);
    if (other !== undefined) {
      throw promptInvalid(one, `exists already, at ${other.file}:${other.line}`);
    }
    first.set(key, one);
  }
}
