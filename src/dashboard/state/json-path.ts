/** The place of a value in JSON, as JavaScript and jq write it. Pure. */

export type JsonKey = string | number;

/** `plan.goals[0]["a b"]`; empty for the whole value. */
export function pathText(keys: readonly JsonKey[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === "number") return `${path}[${key}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
  }, "");
}

/** A value in one line, cut: an object or list says how large it is. */
export function previewOf(value: unknown, charsMax = 160): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${value.length}]`;
  if (typeof value === "object" && value !== null) {
    const { length } = Object.keys(value);
    return length === 0 ? "{}" : `{${length}}`;
  }
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, charsMax)) : String(value);
  const isCut = typeof value === "string" && value.length > charsMax;
  return isCut ? `${text.slice(0, -1)}…` : text;
}
