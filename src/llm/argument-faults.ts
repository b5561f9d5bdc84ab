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

/**
 * Why BAML could not make a request of an image, audio, video or PDF; undefined if the message says nothing of
 * that. BAML names such a failure like one of the provider, or of its answer.
 */
export function mediaFault(message: string): string | undefined {
  const text = message.replace(/^(?:\w+: )+/, "");
  if (text.startsWith("Failed to create request builder: ")) {
    if (/"Please specify a media type for this/.test(text)) return "base64 needs a media_type";
    const [, kind] = /\b(image|audio|video|pdf)\b[^"]* (?:not|only) /i.exec(text) ?? [];
    return kind && `the client cannot send ${mediaKinds[kind.toLowerCase()]}`;
  }
  if (text.startsWith("Internal Failure: Failed to decode ")) return "base64 is not Base64 text";
  if (text.startsWith("Internal Failure: Failed to fetch media: ")) {
    return "the file at the url was not fetched";
  }
  return undefined;
}

const mediaKinds: Readonly<Record<string, string>> = {
  image: "an image",
  audio: "audio",
  video: "a video",
  pdf: "a PDF",
};

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
