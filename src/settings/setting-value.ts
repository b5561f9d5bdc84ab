/** Reads the value of one setting from the texts that are given for it. Pure. */

import { Check } from "typebox/value";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { SettingKind } from "./settings.ts";

export interface Candidate {
  /** Its name in messages. */
  readonly place: string;
  readonly text: string | undefined;
}

/**
 * The first candidate with a text, or else the default.
 * @throws {TroupeError} `SETTING_INVALID`, which names the place, and not the text of a secret.
 */
export function readSetting(kind: SettingKind, candidates: readonly Candidate[]): unknown {
  const given = candidates.find((candidate) => candidate.text !== undefined);
  if (given?.text === undefined) return kind.default;
  const value = parseText(kind, given.text);
  if (Check(kind.schema, value)) return value;
  const got = kind.isSecret ? `a text of ${given.text.length} characters` : excerpt(given.text);
  const hint = isForShell(given.text) ? "; ~ and $NAME are not replaced here" : "";
  const message = `${given.place} must be ${kind.expected}, got ${got}${hint}`;
  const details = { setting: kind.name, expected: kind.expected, got };
  throw new TroupeError("SETTING_INVALID", message, { details });
}

function isForShell(text: string): boolean {
  return /^~[\w.+-]*(?:\/|$)|\$[({A-Z_]/.test(text);
}

function parseText(kind: SettingKind, text: string): unknown {
  const { type } = kind.schema as { readonly type?: unknown };
  // Number() alone would also take "", "0x10" and "1e3".
  if (type === "integer") return /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : text;
  if (type === "array")
    return text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  return text;
}
