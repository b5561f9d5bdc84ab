/** Compares the pages for users with what they describe; tables that are made are in docs.test.ts. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { LOG_LINES_PER_SECOND_MAX } from "../src/actor/actor-log.ts";
import { UNSTORED_STEPS_MAX } from "../src/actor/loop.ts";
import { FLEET_LINES_PER_SECOND_MAX } from "../src/boundary/log-budget.ts";
import { makeProgram } from "../src/cli/cli.ts";
import { LISTS_READ_MAX } from "../src/control/http/list-turns.ts";
import { SERVER_LIMITS } from "../src/control/http/server-limits.ts";
import { STREAM_LIMITS } from "../src/control/stream/hub.ts";
import { CHARACTERS_KEPT_MAX, EVENTS_KEPT_MAX } from "../src/event-bus.ts";
import { LLM_WAITING_MAX } from "../src/llm/gateway.ts";
import { eventTypes } from "../src/model/event-types.ts";
import { ACTION_ID_MAX, AGENT_ID_MAX } from "../src/model/ids.ts";
import { JSON_DEPTH_MAX } from "../src/model/json-bounds.ts";
import {
  ACTOR_CHARS_MAX,
  CONTEXT_BYTES_MAX,
  ENQUEUE_ROWS_MAX,
  GUIDANCE_BYTES_MAX,
  GUIDANCE_ENTRIES_MAX,
  HEAP_SUMMARY_BYTES_MAX,
  HISTORY_ENTRIES_MAX,
  LLM_ANSWER_BYTES_MAX,
  LOG_LINES_KEPT_MAX,
  LOG_MESSAGE_CHARS_MAX,
  PAYLOAD_BYTES_MAX,
  PROFILE_SECONDS_MAX,
  PROFILE_SECONDS_MIN,
  RESULT_BYTES_MAX,
  TIME_MS_MAX,
  URGENCY_MAX,
} from "../src/model/limits.ts";
import { SHARDS_MAX } from "../src/model/shard.ts";
import { docPages, readPage, tableIn } from "./support/pages.ts";
import { projectRoot } from "./support/tool-source.ts";

/** The first column of a table, without the marks of code. */
const firstOf = (rows: readonly (readonly string[])[]) =>
  rows.map(([cell = ""]) => cell.replaceAll("`", ""));

/** The figures of each row of docs/limits.md. */
const limits: Readonly<Record<string, readonly string[]>> = {
  "agent id": [count(AGENT_ID_MAX)],
  "action id": [count(ACTION_ID_MAX)],
  "actor of an action": [count(ACTOR_CHARS_MAX)],
  "payload of an action, its metadata": [bytes(PAYLOAD_BYTES_MAX), count(JSON_DEPTH_MAX)],
  "`urgency`, `not_before`": [count(URGENCY_MAX), count(TIME_MS_MAX)],
  "actions enqueued by one call": [count(ENQUEUE_ROWS_MAX)],
  "shards of a fleet": [count(SHARDS_MAX)],
  "interrupts waiting for one agent": [count(GUIDANCE_ENTRIES_MAX), bytes(GUIDANCE_BYTES_MAX)],
  "result of a step": [bytes(RESULT_BYTES_MAX)],
  "context of an agent": [bytes(CONTEXT_BYTES_MAX), count(JSON_DEPTH_MAX)],
  "results in an agent's history": [count(HISTORY_ENTRIES_MAX)],
  "model calls waiting": [count(LLM_WAITING_MAX)],
  "answer of a model, on the wire": [bytes(LLM_ANSWER_BYTES_MAX)],
  "lines of an agent's log, including its printed output": [
    count(LOG_LINES_PER_SECOND_MAX),
    count(LOG_MESSAGE_CHARS_MAX),
    count(FLEET_LINES_PER_SECOND_MAX),
  ],
  "log lines kept of one agent": [count(LOG_LINES_KEPT_MAX)],
  "a profile of an agent's thread": [`${PROFILE_SECONDS_MIN} to ${PROFILE_SECONDS_MAX} s`],
  "heap of which a summary is made": [bytes(HEAP_SUMMARY_BYTES_MAX)],
  "body of a request": [bytes(SERVER_LIMITS.bodyBytesMax), bytes(SERVER_LIMITS.bulkBytesMax)],
  "headers of a request, time for them to arrive": [
    bytes(SERVER_LIMITS.headerBytesMax),
    seconds(SERVER_LIMITS.headersMs),
    seconds(SERVER_LIMITS.requestMs),
  ],
  connections: [count(SERVER_LIMITS.connectionsMax)],
  "pages of lists read at the same time": [count(LISTS_READ_MAX)],
  "requests with `Prefer: wait` that wait at the same time": [count(SERVER_LIMITS.waitersMax)],
  "events kept for `Last-Event-ID`": [count(EVENTS_KEPT_MAX), bytes(CHARACTERS_KEPT_MAX)],
  "listeners to events": [
    count(STREAM_LIMITS.clientsMax),
    count(STREAM_LIMITS.eventsWaitingMax),
    bytes(STREAM_LIMITS.bytesWaitingMax),
    seconds(STREAM_LIMITS.stuckMsMax),
  ],
  "steps of one agent that are not stored yet": [count(UNSTORED_STEPS_MAX)],
};

function count(value: number): string {
  return value.toLocaleString("en");
}

function bytes(value: number): string {
  return value < 2 ** 20 ? `${value / 2 ** 10} KiB` : `${value / 2 ** 20} MiB`;
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}

test("docs/limits.md gives each limit as the code has it", () => {
  const rows = tableIn("docs/limits.md", ["what", "limit"]);
  expect(rows.map(([what]) => what)).toEqual(Object.keys(limits));
  const wrong = rows.flatMap(([what = "", text = ""]) =>
    (limits[what] ?? [])
      .filter((figure) => !new RegExp(`(?<![\\d,])${figure}(?![\\d,]\\d)`).test(text))
      .map((figure) => `${what} must name ${figure}`),
  );
  expect(wrong).toEqual([]);
});

test("docs/events.md lists every type of event", () => {
  expect(firstOf(tableIn("docs/events.md", ["type", "when"]))).toEqual(eventTypes);
});

const roots = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

test.each([...roots, ...docPages])("%s links to files that exist", (path) => {
  const links = [...readPage(path).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(
    ([, to]) => to ?? "",
  );
  const files = links.filter((link) => !/^[a-z]+:/.test(link));
  const missing = files.filter((to) => !existsSync(join(projectRoot, dirname(path), to)));
  expect(missing).toEqual([]);
});

test("README.md leads to every page of docs", () => {
  const readme = readPage("README.md");
  expect(docPages.filter((page) => !readme.includes(`(${page})`))).toEqual([]);
});

const everyPage = [...roots, ...docPages].map(readPage).join("\n");

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
