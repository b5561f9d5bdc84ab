/**
 * The text by which an action is found, and the hint that distinguishes it from others of its kind.
 * Pure.
 */

import type { ActionEntry } from "./action-rows.ts";

/** Characters of a payload in one line. */
const HINT_LENGTH_MAX = 120;

type Searched = Pick<ActionEntry, "id" | "action" | "agent_id" | "actor" | "error" | "payload">;

/** The actions that contain each word in id, action, agent, actor, error or payload. */
export function searchActions<T extends Searched>(
  found: readonly T[],
  search: string,
): readonly T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return found;
  return found.filter((action) => {
    const text = textOf(action);
    return words.every((word) => text.includes(word));
  });
}

function textOf({ id, action, agent_id, actor, error, payload }: Searched): string {
  const failed = error === null ? "" : `${error.code}\n${error.message}`;
  const text = `${id}\n${action}\n${agent_id ?? ""}\n${actor}\n${failed}\n${JSON.stringify(payload) ?? ""}`;
  return text.toLowerCase();
}

/** The guidance, reason or subject in the payload; empty if it has none. */
export function hintOf(payload: unknown): string {
  if (typeof payload !== "object" || payload === null) return "";
  const fields = new Map<string, unknown>(Object.entries(payload));
  const said = ["guidance", "reason", "initial_subject"]
    .map((name) => fields.get(name))
    .find((value) => value !== undefined && value !== null && value !== "");
  if (said === undefined) return "";
  const text = typeof said === "string" ? said : JSON.stringify(said);
  return text.length > HINT_LENGTH_MAX ? `${text.slice(0, HINT_LENGTH_MAX)}…` : text;
}
