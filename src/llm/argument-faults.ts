/** What BAML reports of a call's arguments, in short text without their values: errors are stored. Pure. */

const valueKinds: Readonly<Record<string, string>> = {
  Object: "an object",
  Array: "an array",
  Number: "a number",
  String: "text",
  Bool: "a boolean",
  Null: "null",
};

/** Undefined if the message says nothing that can be shown. */
export function argumentFaults(message: string): string | undefined {
  const parts = message.replace(/^(?:\w*Error:\s+)+/, "").split(/\n\s*Error: /);
  const faults = parts.flatMap((part) => {
    const known = /^(\w+: (?:Expected|Missing|Invalid)\b.*?)(?:, got `(\w*)|$)/s.exec(part.trim());
    if (known === null) return [];
    const [, said = "", kind] = known;
    const what = said.replace(/one of UnionTypeGeneric .*/s, unionMembers);
    return kind === undefined ? what : `${what}, got ${valueKinds[kind] ?? "another value"}`;
  });
  return faults.length === 0 ? undefined : faults.join("; ");
}

/** True for an image, audio, video or PDF whose kind BAML cannot find out before it makes the request. */
export function lacksMediaType(message: string): boolean {
  return /^(?:\w+: )*Failed to create request builder: .*"Please specify a media type for this/s.test(
    message,
  );
}

const NAMED = '(?:Class|Enum|RecursiveTypeAlias) \\{ name: "(?<name>\\w+)"';
const PRIMITIVE = "Primitive\\((?:Media\\()?(?<primitive>\\w+)";
const LITERAL = "Literal\\(\\w+\\((?<literal>[^)]*)\\)";

/** BAML shows its own data structure of a union. Whether null is a member is not seen there. */
function unionMembers(structure: string): string {
  const pattern = new RegExp([NAMED, PRIMITIVE, LITERAL].join("|"), "g");
  const members = [...structure.matchAll(pattern)].map(({ groups = {} }) => {
    const { name, primitive, literal } = groups;
    return name ?? literal ?? primitive?.toLowerCase();
  });
  const shown = new Set(members.filter((member) => member !== "null"));
  return shown.size === 0 ? "another type" : [...shown].join(" or ");
}
