/** One result of `troupe doctor`. */

import { toErrorData } from "../model/errors.ts";

export interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly hint: string | null;
}

export function ok(name: string, message: string): Check {
  return { name, status: "ok", message, hint: null };
}

export function warn(name: string, message: string, hint: string): Check {
  return { name, status: "warn", message, hint };
}

export function fail(name: string, message: string, hint: string): Check {
  return { name, status: "fail", message, hint };
}

export function failed(name: string, thrown: unknown, hint: string): Check {
  const { code, message } = toErrorData(thrown);
  return fail(name, `${code}: ${message}`, hint);
}
