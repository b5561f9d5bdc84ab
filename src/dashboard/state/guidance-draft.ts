/** Guidance as it is typed: a subject or JSON, and what would be sent. Pure. */

import { PAYLOAD_BYTES_MAX, SUBJECT_CHARS_MAX } from "../../model/limits.ts";
import { countText } from "../../picture/number-text.ts";
import { type Read, readJsonObject } from "./form-text.ts";
import type { Schema } from "./json-schema.ts";
import { findGuidanceFault } from "./schema-check.ts";

export interface GuidanceDraft {
  readonly kind: "subject" | "json";
  readonly text: string;
  readonly mode: "next" | "now";
}

export const emptyGuidance: GuidanceDraft = { kind: "subject", text: "", mode: "next" };

/** JSON Schemas of guidance by type; a type without one takes any object. */
export type GuidanceSchemas = ReadonlyMap<string, Schema>;

type Guidance = Readonly<Record<string, unknown>>;

/** What the draft sends to agents of these types, or why it cannot be sent. */
export function readGuidance(
  draft: Pick<GuidanceDraft, "kind" | "text">,
  types: readonly string[] = [],
  schemas: GuidanceSchemas = new Map(),
): Read<Guidance> {
  const read = readText(draft);
  if (!read.isOk) return read;
  for (const type of types) {
    const schema = schemas.get(type);
    const fault = schema === undefined ? null : findGuidanceFault(schema, read.value);
    if (fault === null) continue;
    return { isOk: false, error: types.length === 1 ? fault : `type ${type}: ${fault}` };
  }
  return read;
}

function readText({ kind, text }: Pick<GuidanceDraft, "kind" | "text">): Read<Guidance> {
  if (text.trim() === "") return { isOk: false, error: "required" };
  if (kind === "subject") return readSubject(text.trim());
  const read = readJsonObject(text);
  if (!read.isOk) return read;
  const { byteLength } = new TextEncoder().encode(JSON.stringify(read.value));
  if (byteLength <= PAYLOAD_BYTES_MAX) return read;
  const error = `at most ${countText(PAYLOAD_BYTES_MAX)} bytes, this has ${countText(byteLength)}`;
  return { isOk: false, error };
}

function readSubject(subject: string): Read<Guidance> {
  if (subject.length <= SUBJECT_CHARS_MAX) return { isOk: true, value: { subject } };
  const length = countText(subject.length);
  const error = `at most ${countText(SUBJECT_CHARS_MAX)} characters, this has ${length}`;
  return { isOk: false, error };
}
