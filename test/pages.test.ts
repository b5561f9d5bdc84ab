/** Compares the pages for users with the registries that they describe. */

import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { makeProgram } from "../src/cli/cli.ts";
import { exitCodes } from "../src/cli/exit-codes.ts";
import type { PayloadSchema } from "../src/model/actions/action-declaration.ts";
import { actions } from "../src/model/actions/action-registry.ts";
import { agentStatuses } from "../src/model/agent-status.ts";
import { errorCodes } from "../src/model/error-codes.ts";
import { eventTypes } from "../src/model/event-schema.ts";
import type { Column } from "../src/model/rows/column.ts";
import { type SettingKind, settingKinds } from "../src/settings.ts";
import { columnsOf, tableNames } from "../src/store/lance/columns.ts";
import { readPage, sourceNumber, tableIn } from "./support/pages.ts";
import { projectRoot } from "./support/tool-source.ts";

function defaultOf(kind: SettingKind): string {
  return kind.defaultMeaning ?? `\`${kind.default}\``;
}

test("docs/errors.md lists every error code with its status and meaning", () => {
  const expected = Object.entries(errorCodes).map(([code, { status, meaning }]) => [
    `\`${code}\``,
    String(status),
    meaning,
  ]);
  expect(tableIn("docs/errors.md", ["code", "status", "meaning"])).toEqual(expected);
});

test("docs/settings.md lists every setting with its default and meaning", () => {
  const expected = Object.values<SettingKind>(settingKinds).map((kind) => [
    `\`${kind.name}\``,
    defaultOf(kind),
    kind.meaning,
    kind.isReloaded === true ? "yes" : "restart",
  ]);
  expect(tableIn("docs/settings.md", ["name", "default", "meaning", "reload"])).toEqual(expected);
});

/** A foreign row of the queue may leave out what may be null. */
const mark = (table: string, column: Column) =>
  table === "queue" && column.isNullable ? "\\*" : "";

test("docs/tables.md lists every table with its columns, and which a foreign writer may leave out", () => {
  const expected = tableNames.map((table) => [
    `\`${table}\``,
    Object.entries(columnsOf(table))
      .map(([name, column]) => `\`${name}\`${mark(table, column)}`)
      .join(" "),
  ]);
  expect(tableIn("docs/tables.md", ["table", "columns"])).toEqual(expected);
});

/** The first column of a table, without the marks of code. */
const firstOf = (rows: readonly (readonly string[])[]) =>
  rows.map(([cell = ""]) => cell.replaceAll("`", ""));

/** `mode`? (`next`, `now`) */
function fieldText(payload: PayloadSchema, name: string): string {
  const mark = payload.required?.includes(name) ? "" : "?";
  const values = payload.properties[name]?.enum?.map((value) => `\`${value}\``).join(", ");
  return `\`${name}\`${mark}${values === undefined ? "" : ` (${values})`}`;
}

test("docs/tables.md lists every action with its payload and its effect", () => {
  const expected = actions.map(({ name, about, payload, effect }) => {
    const fields = Object.keys(payload.properties).map((field) => fieldText(payload, field));
    const all = about === "environment" ? fields : ["`agent_id`", ...fields];
    return [`\`${name}\``, all.join(", ") || "free", effect];
  });
  expect(tableIn("docs/tables.md", ["action", "payload", "effect"])).toEqual(expected);
});

const limitsFile = "src/model/limits.ts";
const serverFile = "src/control/http/server-limits.ts";
const streamFile = "src/control/stream/hub.ts";

/** The source of each figure of docs/limits.md, row by row: its file, its name there, its unit. */
const limits: Readonly<Record<string, readonly (readonly [string, string, Unit?])[]>> = {
  "agent id": [["src/model/ids.ts", "AGENT_ID_MAX"]],
  "action id": [["src/model/ids.ts", "ACTION_ID_MAX"]],
  "actor of an action": [[limitsFile, "ACTOR_CHARS_MAX"]],
  "payload of an action, its metadata": [
    [limitsFile, "PAYLOAD_BYTES_MAX", "bytes"],
    ["src/model/json-bounds.ts", "JSON_DEPTH_MAX"],
  ],
  "`urgency`, `not_before`": [
    [limitsFile, "URGENCY_MAX"],
    [limitsFile, "TIME_MS_MAX"],
  ],
  "actions enqueued by one call": [[limitsFile, "ENQUEUE_ROWS_MAX"]],
  "interrupts waiting for one agent": [
    [limitsFile, "GUIDANCE_ENTRIES_MAX"],
    [limitsFile, "GUIDANCE_BYTES_MAX", "bytes"],
  ],
  "result of a step": [[limitsFile, "RESULT_BYTES_MAX", "bytes"]],
  "context of an agent": [
    [limitsFile, "CONTEXT_BYTES_MAX", "bytes"],
    ["src/model/json-bounds.ts", "JSON_DEPTH_MAX"],
  ],
  "results in an agent's history": [[limitsFile, "HISTORY_ENTRIES_MAX"]],
  "model calls waiting": [["src/llm/gateway.ts", "LLM_WAITING_MAX"]],
  "answer of a model, on the wire": [[limitsFile, "LLM_ANSWER_BYTES_MAX", "bytes"]],
  "lines of an agent's log, including its printed output": [
    ["src/actor/actor-log.ts", "LOG_LINES_PER_SECOND_MAX"],
    [limitsFile, "LOG_MESSAGE_CHARS_MAX"],
    ["src/boundary/log-budget.ts", "FLEET_LINES_PER_SECOND_MAX"],
  ],
  "body of a request": [
    [serverFile, "bodyBytesMax", "bytes"],
    [serverFile, "bulkBytesMax", "bytes"],
  ],
  "headers of a request, time for them to arrive": [
    [serverFile, "headerBytesMax", "bytes"],
    [serverFile, "headersMs", "ms"],
    [serverFile, "requestMs", "ms"],
  ],
  connections: [[serverFile, "connectionsMax"]],
  "requests with `Prefer: wait` that wait at the same time": [[serverFile, "waitersMax"]],
  "events kept for `Last-Event-ID`": [
    ["src/event-bus.ts", "EVENTS_KEPT_MAX"],
    ["src/event-bus.ts", "CHARACTERS_KEPT_MAX", "bytes"],
  ],
  "listeners to events": [
    [streamFile, "clientsMax"],
    [streamFile, "eventsWaitingMax"],
    [streamFile, "bytesWaitingMax", "bytes"],
    [streamFile, "stuckMsMax", "ms"],
  ],
  "steps of one agent that are not stored yet": [["src/actor/loop.ts", "UNSTORED_STEPS_MAX"]],
};

type Unit = "bytes" | "ms";

function figureText(value: number, unit?: Unit): string {
  if (unit === "ms") return `${value / 1_000} s`;
  if (unit === undefined) return value.toLocaleString("en");
  return value < 2 ** 20 ? `${value / 2 ** 10} KiB` : `${value / 2 ** 20} MiB`;
}

test("docs/limits.md gives each limit as the code has it", () => {
  const rows = tableIn("docs/limits.md", ["what", "limit"]);
  expect(rows.map(([what]) => what)).toEqual(Object.keys(limits));
  const wrong = rows.flatMap(([what = "", text = ""]) =>
    (limits[what] ?? [])
      .map(([file, name, unit]) => figureText(sourceNumber(file, name), unit))
      .filter((figure) => !new RegExp(`(?<![\\d,])${figure}(?![\\d,]\\d)`).test(text))
      .map((figure) => `${what} must name ${figure}`),
  );
  expect(wrong).toEqual([]);
});

test("docs/tables.md names every status", () => {
  const [, statuses = ""] = readPage("docs/tables.md").split("## Statuses");
  const missing = agentStatuses.filter((status) => !statuses.includes(`\`${status}\``));
  expect(missing).toEqual([]);
});

test("docs/events.md lists every type of event", () => {
  expect(firstOf(tableIn("docs/events.md", ["type", "when"]))).toEqual(eventTypes);
});

test("docs/cli.md lists every command", async () => {
  const { commands } = await makeProgram(() => async () => undefined, []);
  const [, , list = ""] = readPage("docs/cli.md").split("\n");
  const documented = [...list.matchAll(/`troupe ([^`]+)`/g)].flatMap(([, name = ""]) => {
    const [, group, names = name] = /^(\w+) (\S+)$/.exec(name) ?? [];
    return names.split("|").map((one) => (group === undefined ? one : `${group} ${one}`));
  });
  const expected = commands.flatMap((group) =>
    group.commands.length === 0
      ? [group.name()]
      : group.commands.map((command) => `${group.name()} ${command.name()}`),
  );
  expect(new Set(documented)).toEqual(new Set(expected));
});

test("docs/cli.md lists every exit code", () => {
  const codes = Object.values(exitCodes).map(String);
  expect(firstOf(tableIn("docs/cli.md", ["exit code", ""]))).toEqual(codes);
});

const roots = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
const pages = readdirSync(join(projectRoot, "docs")).map((name) => `docs/${name}`);

test.each([...roots, ...pages])("%s links to files that exist", (path) => {
  const links = [...readPage(path).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(
    ([, to]) => to ?? "",
  );
  const files = links.filter((link) => !/^[a-z]+:/.test(link));
  const missing = files.filter((to) => !existsSync(join(projectRoot, dirname(path), to)));
  expect(missing).toEqual([]);
});

test("README.md leads to every page of docs", () => {
  const readme = readPage("README.md");
  expect(pages.filter((page) => !readme.includes(`(${page})`))).toEqual([]);
});

const everyPage = [...roots, ...pages].map(readPage).join("\n");

/** The words of a command line of a shell, quotes resolved. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
}

const commands = [...everyPage.matchAll(/^npx troupe (.+)$/gm)].map(([, rest = ""]) => rest);

test.each([...new Set(commands)])("troupe knows the documented command %s", async (command) => {
  const argv = wordsOf(command);
  let isKnown = false;
  const program = await makeProgram(
    () => async () => {
      isKnown = true;
    },
    argv,
  );
  await program.parseAsync(argv, { from: "user" });
  expect(isKnown).toBe(true);
});

test("every documented npm script exists", () => {
  const { scripts } = JSON.parse(readPage("package.json")) as { readonly scripts: object };
  const named = [...everyPage.matchAll(/npm run ([a-z:]+)/g)].map(([, name = ""]) => name);
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});
