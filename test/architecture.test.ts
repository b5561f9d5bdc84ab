/** Checks the sources against the table of rooms, and against the rules that need no table. */

import { expect, test } from "vitest";
import { rooms } from "./rooms.ts";
import {
  fileGraph,
  findCircle,
  placeOf,
  reachedFrom,
  roomGraph,
  roomOf,
} from "./support/tool-graph.ts";
import {
  isProcessModule,
  readSources,
  type SourceFile,
  type SourceImport,
} from "./support/tool-source.ts";

/** Packages with owners: no other file imports them, or a part of them. Types are free. */
const owners: Readonly<Record<string, readonly string[]>> = {
  "@lancedb/lancedb": ["src/store/"],
  "apache-arrow": ["src/store/"],
  comlink: ["src/boundary/command-port.ts", "src/boundary/actor-link.ts"],
  "@boundaryml/baml": [
    "src/llm/worker.ts",
    "src/llm/runtimes.ts",
    "src/llm/prompts/compile-process.ts",
  ],
  "baml_client/": ["src/llm/prompts/built-in-functions.ts", "src/llm/prompts/runtime-files.ts"],
  // The worker returns ports, which Piscina must transfer.
  piscina: ["src/llm/pool.ts", "src/llm/worker.ts"],
  commander: ["src/cli/"],
  fastify: ["src/control/"],
  "prom-client": ["src/control/"],
  "@fastify/websocket": ["src/control/"],
  pino: ["src/log.ts"],
  "pino-pretty": ["src/log.ts"],
};

/**
 * The files that may make a thread. The journal's never dies; the catalog inspects each user's module in a
 * separate one; that of the inspector has no agent's code; that of BAML's compiler is in a process of its own.
 */
const threadMakers = [
  "src/supervisor/thread/unassigned-thread.ts",
  "src/supervisor/catalog/module-inspection.ts",
  "src/supervisor/inside/thread-inspector.ts",
  "src/store/journal/journal-file.ts",
  "src/llm/prompts/compile-process.ts",
];

/** The files that may import an address known only at run time: users' modules. */
const lateImporters = ["src/actor/load-agent.ts", "src/actor/start-thread.ts"];

/** The files that name other files by their place. */
const addressOwners = ["src/entry-points.ts"];

// The settings; what native code reads; the removal of secrets before them; the heart, which must know how
// the process was started without loading a package; and the start again with a newer Node, before any of them.
const environmentReaders = [
  "src/heart/heart.ts",
  "src/heart/launch.ts",
  "src/native-environment.ts",
  "src/runtime/find-node.ts",
  "src/runtime/start-again.ts",
  "src/secrets.ts",
  "src/settings/config.ts",
];

/** The only packages that an agent's thread may load: it must start fast and die without harm. */
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

test("a package with an owner is imported by its owner alone", () => {
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

test("only the loader of users' modules, and what it gets from a thread's start, imports an address known only at run time", () => {
  const isFault = (file: SourceFile, found: SourceImport) =>
    found.target === null && !lateImporters.includes(file.path);
  expect(faults(sources, isFault)).toEqual([]);
});

test("only one file names files by their place next to it", () => {
  const named = sources.filter((file) => file.addressLines.length > 0).map((file) => file.path);
  expect(named).toEqual(addressOwners);
});

test("rooms do not depend on each other in a circle", () => {
  expect(findCircle(roomGraph(sources))).toEqual([]);
});

test("files do not depend on each other in a circle, types included", () => {
  expect(findCircle(fileGraph(sources))).toEqual([]);
});

test("no two files of src have the same name, except an action's declaration and its handler", () => {
  const isHandler = (path: string) =>
    sources.some((file) => file.path === path.replace("src/handlers/", "src/model/actions/"));
  const names = sources
    .filter(({ path }) => !path.startsWith("src/handlers/") || !isHandler(path))
    .map(({ path }) =>
      path
        .split("/")
        .at(-1)
        ?.replace(/\.tsx?$/, ""),
    );
  expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
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
    files.filter(
      (path) => !/^src\/(actor|boundary|agents|model)\/|^src\/entry-points\.ts$/.test(path),
    ),
  ).toEqual([]);
});

test("the page loads no schema library", () => {
  expect(reachedFrom(sources, "src/dashboard/dashboard.tsx").packages).not.toContain("typebox");
});

test("the declarations of actions are data, and load no package", () => {
  const { packages } = reachedFrom(sources, "src/model/actions/action-registry.ts");
  expect(packages).toEqual(new Set());
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
