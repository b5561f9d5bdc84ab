/** What a reader of a page types: its commands and the files that it has them write, in order. */

import { docPages, readPage } from "./pages.ts";

export const pagesForUsers: readonly string[] = ["README.md", ...docPages];

export type Typed =
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "file"; readonly path: string; readonly text: string };

/** Blocks of code, and code within a line. */
const CODE = /^```(\w*)\n([\s\S]*?)^```|`([^`\n]+)`/gm;
/** Code within a line that is a whole command: not the names of several, and nothing left out. */
const COMMAND = /^(?:(?:[A-Z_]+=\S+ )*npm (?:start|ci|run)|(?:npx )?troupe [a-z])[^…|]*$/;

/** A row of the table of all commands, which shows their forms and not what a reader types. */
const FORM = /^\| `troupe .*$/gm;

/** The chapter for readers who have another folder in front of them. */
const OWN_PROJECT = /^## Your own project\n[\s\S]*?(?=^## )/m;

/** Of the chapter about a project of one's own: its blocks alone, whose order is that of the reader. */
export function ownProjectCommands(): readonly Typed[] {
  const [chapter] = OWN_PROJECT.exec(readPage("README.md")) ?? [];
  if (chapter === undefined)
    throw new Error("README.md has no chapter about a project of one's own");
  return typedIn(chapter, false);
}

/** Of a page, without that chapter. */
export function commandsIn(page: string): readonly Typed[] {
  return typedIn(readPage(page).replace(OWN_PROJECT, "").replaceAll(FORM, ""), true);
}

function typedIn(written: string, withLines: boolean): readonly Typed[] {
  return [...written.matchAll(CODE)].flatMap((found): readonly Typed[] => {
    const [, language, block = "", inline] = found;
    if (inline !== undefined) return withLines && COMMAND.test(inline) ? asCommands([inline]) : [];
    if (language === "sh") return asCommands(block.replaceAll("\\\n", "").trim().split("\n"));
    const [, path] = /Put this into `([^`]+)`[^`]*$/.exec(written.slice(0, found.index)) ?? [];
    return path === undefined ? [] : [{ kind: "file", path, text: block }];
  });
}

function asCommands(lines: readonly string[]): readonly Typed[] {
  return lines.map((text) => ({ kind: "command", text }));
}
