/**
 * Keeps native add-ons out of an agent's thread: one that is at work when its thread ends can end the whole
 * process. Node refuses them by the thread's option `--no-addons`; here the refusal gets a name, a file
 * and a remedy. A package that has another way, as many have, takes it.
 */

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
  Reflect.set(process, "dlopen", (_module: unknown, file: unknown) => {
    refused = refusalOf(String(file));
    refusals.add(refused);
    throw refused;
  });
}

/** True if the thread was made without add-ons. */
export function areRefused(): boolean {
  return process.execArgv.includes(NO_ADDONS);
}

/** The refusal since the last call; undefined if there was none. */
export function takeRefusal(): TroupeError | undefined {
  const taken = refused;
  refused = undefined;
  return taken;
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
