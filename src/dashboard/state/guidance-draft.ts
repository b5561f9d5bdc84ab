/** Guidance as it is typed: a subject or JSON, and what would be sent. Pure. */

import { PAYLOAD_BYTES_MAX, SUBJECT_CHARS_MAX } from "../../model/limits.ts";
import { countText } from "../../picture/number-text.ts";
import { findConfigFault, type Schema } from "./config-check.ts";
import { type Read, readJsonObject } from "./form-text.ts";

export interface GuidanceDraft {
  readonly kind: "subject" | "json";
  readonly text: string;
  readonly mode: "next" | "now";
}

export const emptyGuidance: GuidanceDraft = { kind: "subject", text: "", mode: "next" };

/** What the draft sends, or why it cannot be sent. */
export function readGuidance(
  { kind, text }: Pick<GuidanceDraft, "kind" | "text">,
  schema: Schema | null = null,
): Read<Readonly<Record<string, unknown>>> {
  if (text.trim() === "") return { isOk: false, error: "required" };
  if (kind === "subject") return readSubject(text.trim());
  const read = readJsonObject(text);
  if (!read.isOk) return read;
  const { byteLength } = new TextEncoder().encode(JSON.stringify(read.value));
  if (byteLength > PAYLOAD_BYTES_MAX) {
    const error = `at most ${countText(PAYLOAD_BYTES_MAX)} bytes, this has ${countText(byteLength)}`;
    return { isOk: false, error };
  }
  const fault = schema === null ? null : findConfigFault(schema, read.value, "guidance");
  return fault === null ? read : { isOk: false, error: fault };
}

function readSubject(subject: string): Read<Readonly<Record<string, unknown>>> {
  if (subject.length <= SUBJECT_CHARS_MAX) return { isOk: true, value: { subject } };
  const length = countText(subject.length);
  const error = `at most ${countText(SUBJECT_CHARS_MAX)} characters, this has ${length}`;
  return { isOk: false, error };
}
