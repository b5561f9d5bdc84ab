/**
 * Tables of `docs/` that follow from declarations: each page is compared with itself with its tables made
 * again. `npm run docs` writes the pages.
 */

import { join } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { makeProgram } from "../src/cli/cli.ts";
import { exitCodeMeanings, exitCodes } from "../src/cli/exit-codes.ts";
import { type Provider, providers } from "../src/llm/providers.ts";
import type { PayloadSchema } from "../src/model/actions/action-declaration.ts";
import { actions } from "../src/model/actions/action-registry.ts";
import { statusMeanings } from "../src/model/agent-status.ts";
import { errorCodes } from "../src/model/error-codes.ts";
import type { Column } from "../src/model/rows/column.ts";
import { type SettingKind, settingKinds } from "../src/settings/settings.ts";
import { columnsOf, tableNames } from "../src/store/lance/columns.ts";
import { Control } from "./support/control.ts";
import { Interface, type Operation } from "./support/openapi.ts";
import { type Cells, readPage, withTable } from "./support/pages.ts";
import { projectRoot } from "./support/tool-source.ts";

/** A table of a page: its head, and its rows as they must be. */
type Made = readonly [head: Cells, rows: readonly Cells[]];

/** Vitest's option `-u` writes the page. */
async function expectTables(page: string, ...tables: readonly Made[]): Promise<void> {
  const made = tables.reduce((text, [head, rows]) => withTable(text, head, rows), readPage(page));
  await expect(made).toMatchFileSnapshot(join(projectRoot, page));
}

const code = (text: string) => `\`${text}\``;

test("docs/errors.md lists every error code with its status and meaning", async () => {
  const rows = Object.entries(errorCodes).map(([name, { status, meaning }]) => [
    code(name),
    String(status),
    meaning,
  ]);
  await expectTables("docs/errors.md", [["code", "status", "meaning"], rows]);
});

test("docs/settings.md lists every setting and every provider of models", async () => {
  const settings = Object.values<SettingKind>(settingKinds).map((kind) => [
    code(kind.name),
    kind.defaultMeaning ?? code(String(kind.default)),
    kind.meaning,
    kind.isReloaded === true ? "yes" : "restart",
  ]);
  const models = Object.entries<Provider>(providers).map(([name, { keys, host, model }]) => [
    code(name),
    [...keys, ...(host === undefined ? [] : [host])].map(code).join(", "),
    code(model),
  ]);
  await expectTables(
    "docs/settings.md",
    [["name", "default", "meaning", "reload"], settings],
    [["provider", "key or host", "model, unless one is set"], models],
  );
});

/** A foreign row of the queue may leave out what may be null. */
const mark = (table: string, column: Column) =>
  table === "queue" && column.isNullable ? "\\*" : "";

/** `mode`? (`next`, `now`) */
function fieldText(payload: PayloadSchema, name: string): string {
  const optional = payload.required?.includes(name) ? "" : "?";
  const values = payload.properties[name]?.enum?.map(code).join(", ");
  return `${code(name)}${optional}${values === undefined ? "" : ` (${values})`}`;
}

test("docs/tables.md lists every table with its columns, every action and every status", async () => {
  const tables = tableNames.map((table) => {
    const columns = Object.entries(columnsOf(table));
    return [code(table), columns.map(([name, c]) => code(name) + mark(table, c)).join(" ")];
  });
  const acts = actions.map(({ name, about, payload, effect }) => {
    const fields = Object.keys(payload.properties).map((field) => fieldText(payload, field));
    const all = about === "environment" ? fields : [code("agent_id"), ...fields];
    return [code(name), all.join(", ") || "free", effect];
  });
  await expectTables(
    "docs/tables.md",
    [["table", "columns"], tables],
    [["action", "payload", "effect"], acts],
    [["status", "meaning"], Object.entries(statusMeanings).map(([s, text]) => [code(s), text])],
  );
});

/** `agent create [id]` */
function usageOf(command: Command, group: string): string {
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return ["troupe", group, command.name(), ...words].filter((word) => word !== "").join(" ");
}

test("docs/cli.md lists every command and every exit code", async () => {
  const { commands } = await makeProgram(() => async () => undefined, []);
  const all = commands.flatMap((group) =>
    group.commands.length === 0
      ? [[code(usageOf(group, "")), group.description()]]
      : group.commands.map((c) => [code(usageOf(c, group.name())), c.description()]),
  );
  const codes = Object.entries(exitCodes).map(([name, number]) => [
    String(number),
    exitCodeMeanings[name as keyof typeof exitCodes],
  ]);
  await expectTables("docs/cli.md", [["command", "what it does"], all], [["exit code", ""], codes]);
});

/** Fields of every body that enqueues; the page describes them once. */
const commonFields = new Set(["actor", "urgency", "metadata", "not_before", "id"]);

/** The names of what goes into the query or the body. */
function inputOf({ parameters, body, path }: Operation): string {
  const query = parameters.filter((parameter) => parameter.in === "query").map((p) => p.name);
  const fields = Object.keys(body?.properties ?? {}).filter((name) => !commonFields.has(name));
  if (path === "/api/actions" && body !== undefined) return "an action, or an array of them";
  const optional = (name: string) => (body?.required?.includes(name) ? "" : "?");
  return [
    ...query.map((name) => code(`?${name}=`)),
    ...fields.map((name) => code(name) + optional(name)),
  ].join(" ");
}

test("docs/rest.md lists every route with its query and body", async () => {
  await using control = await Control.start();
  const { json } = await control.get("/openapi.json");
  const rows = new Interface(json).operations.map((operation) => [
    code(`${operation.method} ${operation.path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    inputOf(operation),
    operation.summary,
  ]);
  await expectTables("docs/rest.md", [["route", "query, body", "what it does"], rows]);
});
