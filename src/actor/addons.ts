/**
 * Keeps native code out of an agent's thread: add-ons, SQLite's extensions and foreign functions. If it is
 * at work when its thread ends, the whole process can end. Node refuses add-ons by the thread's option
 * `--no-addons`; here the refusal gets a name, a file and a remedy. A package that has another way, as
 * many have, takes it.
 */

import type { DatabaseSync, DatabaseSyncOptions } from "node:sqlite";
import { TroupeError } from "../model/errors.ts";

/** The option of a thread that may load none. */
export const NO_ADDONS = "--no-addons";

/** All refusals so far: packages wrap them in errors of their own. */
const refusals = new WeakSet<object>();
/** The one since the last {@link takeRefusal}. */
let refused: TroupeError | undefined;
/** Longest chain of causes that is followed. */
const CAUSES_MAX = 10;

/** Must run before any foreign code of the thread, and before the exports of built-in modules are synced. */
export function refuseAddons(): void {
  if (!areRefused()) return;
  Reflect.set(process, "dlopen", (_module: unknown, file: unknown) => refuse(String(file)));
}

/** Must be called before foreign code has `node:sqlite`. */
export function refuseExtensions(sqlite: object): void {
  if (!areRefused()) return;
  const { DatabaseSync: Bare } = sqlite as { readonly DatabaseSync: typeof DatabaseSync };
  const refusing = new Proxy(Bare, {
    // SQL has a function that loads an extension, where the option allows it.
    construct: (target, [path, options]: [string, DatabaseSyncOptions?], newTarget) =>
      Reflect.construct(target, [path, { ...options, allowExtension: false }], newTarget),
  });
  Bare.prototype.constructor = refusing;
  Bare.prototype.loadExtension = refuse;
  Bare.prototype.enableLoadExtension = (allow) => {
    if (allow) refuse("SQLite's loader of extensions");
  };
  Reflect.set(sqlite, "DatabaseSync", refusing);
}

/** Must be called before foreign code has `node:ffi`. */
export function refuseForeignFunctions(ffi: object): void {
  if (!areRefused()) return;
  for (const [name, value] of Object.entries(ffi)) {
    if (typeof value !== "function") continue;
    // A class is called with `new`.
    Reflect.set(ffi, name, function refusing(library: unknown): never {
      return refuse(typeof library === "string" ? library : `node:ffi's ${name}`);
    });
  }
}

function refuse(file: string): never {
  refused = refusalOf(file);
  refusals.add(refused);
  throw refused;
}

/** True if the thread was made without add-ons. */
export function areRefused(): boolean {
  return process.execArgv.includes(NO_ADDONS);
}

/**
 * The refusal that ended the loading of a module: the cause has it, or names its file or its package.
 * A package may have continued without its add-on, and the module have failed later.
 */
export function takeRefusal(cause: unknown): TroupeError | undefined {
  const taken = refused;
  refused = undefined;
  return findRefusal(cause) ?? (taken !== undefined && isNamed(taken, cause) ? taken : undefined);
}

/** The error is foreign: reading it may throw. */
function isNamed({ details }: TroupeError, cause: unknown): boolean {
  const { file, package: name } = details as { readonly file: string; readonly package?: string };
  try {
    const text = String(cause);
    return text.includes(file) || (name != null && text.includes(name));
  } catch {
    return false;
  }
}

/** The refusal that led to what was thrown, if one did. */
export function findRefusal(thrown: unknown): TroupeError | undefined {
  let causes: readonly unknown[] = [thrown];
  for (let depth = 0; depth < CAUSES_MAX && causes.length > 0; depth += 1) {
    const found = causes.find((cause) => refusals.has(Object(cause)));
    if (found !== undefined) return found as TroupeError;
    causes = causes.slice(0, CAUSES_MAX).flatMap(causesOf);
  }
  return undefined;
}

/** The error is foreign: reading it may throw. */
function causesOf(error: unknown): readonly unknown[] {
  try {
    if (!(error instanceof Error)) return Array.isArray(error) ? error : [];
    const { errors } = error as { readonly errors?: unknown };
    return [error.cause, ...(Array.isArray(errors) ? errors : [])].filter(Boolean);
  } catch {
    return [];
  }
}

function refusalOf(file: string): TroupeError {
  const name = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file)?.[1];
  const of = name === undefined ? "" : ` of the package ${name}`;
  return new TroupeError(
    "AGENT_ADDON_REFUSED",
    `${file} is a native add-on${of}, which can end the whole process when its agent ends: use a package without native code, or start Troupe with TROUPE_AGENT_ADDONS=allow and take that risk`,
    { details: { file, package: name ?? null } },
  );
}
