/** Holds the tables of README.md against the registries that they tell about. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorCodes } from "../src/model/error-codes.ts";
import { type SettingKind, settingKinds } from "../src/settings.ts";
import { type Column, columnsOf, tableNames } from "../src/store/lance/columns.ts";
import { projectRoot } from "./support/tool-source.ts";

const readme = readFileSync(join(projectRoot, "README.md"), "utf8");

/** The lines of the first table under `## title`, head and rule left out; a line is its cells. */
function tableUnder(title: string, head: readonly string[]): readonly (readonly string[])[] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? "";
  const [table = ""] = /^\|.*(?:\n\|.*)*/m.exec(section) ?? [];
  const [first = [], , ...rows] = table.split("\n").map(cellsOf);
  expect(first).toEqual(head);
  return rows;
}

function cellsOf(line: string): readonly string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function defaultOf(kind: SettingKind): string {
  return kind.defaultMeaning ?? `\`${kind.default}\``;
}

test("README.md lists every error code with its status and meaning", () => {
  const expected = Object.entries(errorCodes).map(([code, { status, meaning }]) => [
    `\`${code}\``,
    String(status),
    meaning,
  ]);
  expect(tableUnder("Errors", ["code", "status", "meaning"])).toEqual(expected);
});

test("README.md lists every setting with its default and meaning", () => {
  const expected = Object.values<SettingKind>(settingKinds).map((kind) => [
    `\`${kind.name}\``,
    defaultOf(kind),
    kind.meaning,
    kind.isReloaded === true ? "yes" : "restart",
  ]);
  expect(tableUnder("Settings", ["name", "default", "meaning", "reload"])).toEqual(expected);
});

/** A foreign row of the queue may leave out what may be null. */
const mark = (table: string, column: Column) =>
  table === "queue" && column.isNullable ? "\\*" : "";

test("README.md lists every table with its columns, and which a foreign writer may leave out", () => {
  const expected = tableNames.map((table) => [
    `\`${table}\``,
    Object.entries(columnsOf(table))
      .map(([name, column]) => `\`${name}\`${mark(table, column)}`)
      .join(" "),
  ]);
  expect(tableUnder("The tables", ["table", "columns"])).toEqual(expected);
});
