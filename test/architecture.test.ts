/**
 * The rooms of the house and what each may import: this table is the documentation, and the tests
 * below hold it against every import of `src/`, whichever its form.
 *
 * A type-only import is gone when the program runs, so it is allowed more widely: it makes a room
 * know another's words, not depend on its doings.
 */

import { expect, test } from "vitest";
import { findCircle, placeOf, reachedFrom, roomGraph, roomOf } from "./support/tool-graph.ts";
import {
  isProcessModule,
  readSources,
  type SourceFile,
  type SourceImport,
} from "./support/tool-source.ts";

interface Room {
  /** Rooms and root files it uses. */
  readonly uses: readonly string[];
  /** Further ones, of which it knows the types alone. */
  readonly knows?: readonly string[];
  readonly packages?: readonly string[];
  readonly packageTypes?: readonly string[];
  /** True where it uses nothing of Node's own modules: no files, sockets, threads, clocks. */
  readonly isPure?: true;
}

/** A folder of `src/`, or a file in its root. In the order of the flow. */
const rooms: Readonly<Record<string, Room>> = {
  // What things are. No I/O, no clock, no chance but in new ids.
  model: { uses: [], packages: ["typebox", "uuidv7"], isPure: true },
  "events.ts": { uses: ["model"], isPure: true },
  // Hears of what was done, and counts it.
  "counters.ts": { uses: ["model"], knows: ["events.ts"], isPure: true },
  // The only one that knows LanceDB.
  store: { uses: ["model", "turns.ts"], packages: ["@lancedb/lancedb", "apache-arrow"] },
  // Is handed the bus and the tables.
  queue: {
    ...{ uses: ["model", "turns.ts"], knows: ["events.ts", "store"] },
    ...{ packages: ["tinyqueue"], packageTypes: ["pino"] },
  },
  // Are handed what they act on: each is one function of an action and the supervisor.
  handlers: { uses: ["model"], knows: ["queue", "supervisor"], packages: ["typebox"] },
  supervisor: {
    uses: ["model", "actor", "entries.ts"],
    knows: ["events.ts", "store"],
    packages: ["p-limit"],
    packageTypes: ["pino"],
  },
  // What runs in the thread is held stricter below: `typebox` checks reports, on the main thread.
  actor: { uses: ["model", "agents", "entries.ts"], packages: ["comlink", "typebox"] },
  agents: { uses: ["model"], knows: ["actor"], isPure: true },
  llm: { uses: ["model", "entries.ts"], packages: ["piscina", "@boundaryml/baml"] },
  "entries.ts": { uses: [] },
  "turns.ts": { uses: [] },
  outlet: { uses: [] }, // what is printed, without waiting for whoever reads it
  // Stands before every start and is there all the time: small files and no packages.
  heart: { uses: ["model", "actor", "secrets.ts"] },
  // Before everything else, in a process that is to run agents.
  "secrets.ts": { uses: [] },
  "log.ts": { uses: ["plain-line.ts"], packages: ["pino", "pino-pretty"] },
  "plain-line.ts": { uses: [] },
  "settings.ts": { uses: [], packages: ["typebox"], isPure: true },
  "dotenv.ts": { uses: ["model"] },
  "config.ts": {
    uses: ["model", "settings.ts", "dotenv.ts", "secrets.ts", "setting-report.ts"],
    packages: ["typebox"],
  },
  "setting-report.ts": { uses: ["model", "settings.ts"], isPure: true },
  "environment.ts": {
    uses: ["config.ts", "model", "supervisor"],
    knows: ["llm", "store"],
    packageTypes: ["pino"],
  },
  "fleet-counts.ts": {
    uses: [],
    knows: ["model", "counters.ts", "llm", "queue", "store", "supervisor"],
    isPure: true,
  },
  // Never holds an actor: it enqueues, reads tables and hears events.
  control: {
    uses: ["model", "queue", "entries.ts"],
    knows: ["events.ts", "counters.ts", "store", "config.ts"],
    packages: [
      ...["fastify", "@fastify/compress"],
      "@fastify/helmet",
      "@fastify/static",
      "@fastify/swagger",
      "@fastify/swagger-ui",
      "@fastify/websocket",
      "prom-client",
      "typebox",
    ],
    packageTypes: ["@fastify/type-provider-typebox", "pino"],
  },
  // Runs in the browser: of the program it knows the words alone.
  dashboard: {
    uses: [],
    knows: ["model"],
    packages: ["preact", "@preact/signals", "@tanstack/virtual-core", "uplot"],
    isPure: true,
  },
  // The composition root: builds the parts in flow order, closes them in reverse.
  "main.ts": {
    uses: [
      ...["config.ts", "environment.ts", "events.ts", "counters.ts", "fleet-counts.ts"],
      ...["fleet-start.ts", "store", "supervisor", "llm", "control"],
    ],
    knows: ["model", "queue"],
    packageTypes: ["pino"],
  },
  "fleet-start.ts": {
    uses: [
      ...["config.ts", "entries.ts", "environment.ts", "model"],
      ...["queue", "handlers", "actor", "supervisor", "control"],
    ],
    knows: ["events.ts", "store", "llm"],
    packageTypes: ["pino"],
  },
  // Speaks to a server; loads no database.
  client: { uses: ["model", "queue"], packages: ["eventsource-parser"] },
  cli: {
    uses: [
      ...["model", "store", "queue", "supervisor", "llm", "heart", "client", "control"],
      ...["main.ts", "environment.ts", "config.ts", "settings.ts", "log.ts", "plain-line.ts"],
    ],
    packages: ["commander", "string-width"],
  },
  "index.ts": { uses: ["model", "queue", "store", "client", "agents", "control"] },
  "troupe.ts": { uses: ["cli", "heart", "outlet", "secrets.ts"] },
};

/** What has one owner: nobody else imports it, nor any part of it. Types are free. */
const owners: Readonly<Record<string, readonly string[]>> = {
  "@lancedb/lancedb": ["src/store/"],
  "apache-arrow": ["src/store/"],
  comlink: ["src/actor/port.ts"],
  "@boundaryml/baml": ["src/llm/worker.ts"],
  "baml_client/": ["src/llm/worker.ts"],
  piscina: ["src/llm/pool.ts"],
  commander: ["src/cli/"],
  fastify: ["src/control/"],
  "prom-client": ["src/control/"],
  "@fastify/websocket": ["src/control/"],
  pino: ["src/log.ts"],
  "pino-pretty": ["src/log.ts"],
};

/** Whoever may make a thread. The catalog looks at a user's modules in one that it throws away. */
const threadMakers = ["src/supervisor/bare-thread.ts", "src/supervisor/module-inspection.ts"];

/** Whoever may import what is known at run time alone: modules of users. */
const lateImporters = ["src/actor/load-agent.ts"];

/** Only the build knows where these lie. */
const addressOwners = ["src/entries.ts"];

// The settings; what takes the secrets out of it before they are read; and what started the process,
// which the heart learns without loading a package.
const environmentReaders = ["src/config.ts", "src/heart/launch.ts", "src/secrets.ts"];

/** All that an agent's thread may load: it must start fast and die without harm. */
const threadPackages = new Set(["comlink"]);

const FILE_LINES_MAX = 300;
const FUNCTION_LINES_MAX = 50;

const sources = [...readSources("src/**/*.ts"), ...readSources("src/**/*.tsx")];
const everything = [...sources, ...readSources("{test,bench}/**/*.ts")];

test("every room is in the table, and the table names no room that is not there", () => {
  expect(new Set(sources.map(roomOf))).toEqual(new Set(Object.keys(rooms)));
});

test("rooms import what the table allows", () => {
  expect(faults(sources, (file, found) => !isAllowed(file, found))).toEqual([]);
});

test("the table allows nothing that no room needs", () => {
  const needless = Object.entries(rooms).flatMap(([name, room]) => {
    const imports = sources.filter((file) => roomOf(file) === name).flatMap((file) => file.imports);
    const isUsed = (place: string, isType: boolean) =>
      imports.some((found) => placeOf(found) === place && (found.kind === "type") === isType);
    return [
      ...[...room.uses, ...(room.packages ?? [])].filter((place) => !isUsed(place, false)),
      ...[...(room.knows ?? []), ...(room.packageTypes ?? [])].filter(
        (place) => !isUsed(place, true),
      ),
    ].map((place) => `${name} → ${place}`);
  });
  expect(needless).toEqual([]);
});

test("what has an owner is imported by its owner alone", () => {
  const isFault = (file: SourceFile, found: SourceImport) => {
    const owned = owners[placeOf(found) ?? ""];
    return found.kind !== "type" && owned?.some((owner) => file.path.startsWith(owner)) === false;
  };
  expect(faults(sources, isFault)).toEqual([]);
});

test("threads are made by their owners alone", () => {
  const isFault = (file: SourceFile, found: SourceImport) =>
    found.kind !== "type" &&
    found.target === "node:worker_threads" &&
    (found.kind !== "static" ||
      found.names.some((name) => ["Worker", "default", "*"].includes(name))) &&
    !threadMakers.includes(file.path);
  expect(faults(sources, isFault)).toEqual([]);
});

test("only what loads users' modules imports an address known at run time alone", () => {
  const isFault = (file: SourceFile, found: SourceImport) =>
    found.target === null && !lateImporters.includes(file.path);
  expect(faults(sources, isFault)).toEqual([]);
});

test("only one file names files by their place beside it", () => {
  const named = sources.filter((file) => file.addressLines.length > 0).map((file) => file.path);
  expect(named).toEqual(addressOwners);
});

test("rooms do not depend on each other in a circle", () => {
  expect(findCircle(roomGraph(sources))).toEqual([]);
});

test("the environment is read by its owners alone", () => {
  const readers = sources.filter(
    (file) =>
      file.environmentLines.length > 0 ||
      file.imports.some(({ target, names }) => isProcessModule(target) && names.includes("env")),
  );
  expect(readers.map((file) => file.path)).toEqual(environmentReaders);
});

test("an agent's thread loads no native code, no schema library and no database", () => {
  const { files, packages } = reachedFrom(sources, "src/actor/thread.ts");
  expect(packages).toEqual(threadPackages);
  expect(
    files.filter((path) => !/^src\/(actor\/|agents\/|model\/|entries\.ts$)/.test(path)),
  ).toEqual([]);
});

test("files and functions are short", () => {
  const longFiles = everything.filter((file) => file.lines > FILE_LINES_MAX);
  const longFunctions = everything
    .filter((file) => !file.path.startsWith("test/"))
    .flatMap((file) =>
      file.functions
        .filter((found) => found.lines > FUNCTION_LINES_MAX)
        .map((found) => `${file.path}:${found.line} has ${found.lines} lines`),
    );
  expect(longFiles.map((file) => `${file.path} has ${file.lines} lines`)).toEqual([]);
  expect(longFunctions).toEqual([]);
});

test("a file's name says what it is", () => {
  const isNameless = (path: string) => {
    const name =
      path
        .split("/")
        .at(-1)
        ?.replace(/(\.test|\.config|\.d)?\.tsx?$/, "") ?? "";
    const isBarrel = name === "index" && path !== "src/index.ts";
    return (
      isBarrel ||
      !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ||
      /^(utils?|helpers?|common|types?)$/.test(name)
    );
  };
  expect(everything.map((file) => file.path).filter(isNameless)).toEqual([]);
});

function isAllowed(file: SourceFile, found: SourceImport): boolean {
  const room = rooms[roomOf(file)];
  const place = placeOf(found);
  if (room === undefined || place === null || place === roomOf(file) || place === "baml_client/")
    return true;
  if (place.startsWith("node:")) return room.isPure !== true || found.kind === "type";
  const used = found.isOwn ? room.uses : (room.packages ?? []);
  const known = found.isOwn ? (room.knows ?? []) : (room.packageTypes ?? []);
  return used.includes(place) || (found.kind === "type" && known.includes(place));
}

function faults(
  files: readonly SourceFile[],
  isFault: (file: SourceFile, found: SourceImport) => boolean,
): readonly string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((found) => isFault(file, found))
      .map((found) => `${file.path}:${found.line} ${found.kind} ${found.target ?? "(computed)"}`),
  );
}
