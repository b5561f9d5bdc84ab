/** What a reader of a page types: its commands and the files that it has them write, in order. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readPage } from "./pages.ts";
import { projectRoot } from "./tool-source.ts";

export const pagesForUsers: readonly string[] = [
  "README.md",
  ...readdirSync(join(projectRoot, "docs")).map((name) => `docs/${name}`),
];

export type Typed =
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "file"; readonly path: string; readonly text: string };

/** Blocks of code, and code within a line. */
const CODE = /^```(\w*)\n([\s\S]*?)^```|`([^`\n]+)`/gm;
/** Code within a line that is a whole command: not the names of several, and nothing left out. */
const COMMAND = /^(?:(?:[A-Z_]+=\S+ )*npm (?:start|ci|run)|(?:npx )?troupe [a-z])[^…|]*$/;

/** A row of the table of all commands, which shows their forms and not what a reader types. */
const FORM = /^\| `troupe .*$/gm;

export function commandsIn(page: string): readonly Typed[] {
  const written = readPage(page).replaceAll(FORM, "");
  return [...written.matchAll(CODE)].flatMap((found): readonly Typed[] => {
    const [, language, block = "", inline] = found;
    if (inline !== undefined) return COMMAND.test(inline) ? asCommands([inline]) : [];
    if (language === "sh") return asCommands(block.replaceAll("\\\n", "").trim().split("\n"));
    const [, path] = /Put this into `([^`]+)`[^`]*$/.exec(written.slice(0, found.index)) ?? [];
    return path === undefined ? [] : [{ kind: "file", path, text: block }];
  });
}

function asCommands(lines: readonly string[]): readonly Typed[] {
  return lines.map((text) => ({ kind: "command", text }));
}
