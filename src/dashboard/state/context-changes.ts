/**
 * What is different between two contexts. Lists are compared place by place. Pure.
 *
 * microdiff, 1 kB: the differences are all that is needed. Rejected: jsondiffpatch, which finds moved
 * entries of lists but is twenty times as large, and fast-json-patch, which has not changed for years.
 */

import diff from "microdiff";
import { pathText, previewOf } from "./json-path.ts";

export interface ContextChange {
  readonly kind: "added" | "removed" | "changed";
  /** Empty if the whole context is another one. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
  /** In one line. */
  readonly text: string;
}

export function contextChanges(before: unknown, after: unknown): readonly ContextChange[] {
  // Wrapped, because a context may be null, a list or an object.
  const found = diff({ context: before }, { context: after }, { cyclesFix: false });
  return found.map((each) => {
    const path = pathText(each.path.slice(1));
    const old = each.type === "CREATE" ? undefined : each.oldValue;
    const value = each.type === "REMOVE" ? undefined : each.value;
    return { kind: kinds[each.type], path, before: old, after: value, text: textOf(old, value) };
  });
}

const kinds = { CREATE: "added", REMOVE: "removed", CHANGE: "changed" } as const;

function textOf(before: unknown, after: unknown): string {
  const [old, value] = [before, after].map((each) =>
    each === undefined ? "" : previewOf(each, 60),
  );
  if (before === undefined) return value ?? "";
  return after === undefined ? (old ?? "") : `${old} → ${value}`;
}
