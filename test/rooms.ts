/**
 * The rooms of the house and what each may import. This table is the documentation;
 * `architecture.test.ts` holds it against every import of `src/`, whatever its form.
 *
 * A type-only import does not exist when the program runs, so it is allowed more widely: the room uses
 * another room's types and does not depend on its behaviour.
 */

export interface Room {
  /** Rooms and root files it uses. */
  readonly uses: readonly string[];
  /** Further ones, of which it imports only types. */
  readonly knows?: readonly string[];
  readonly packages?: readonly string[];
  readonly packageTypes?: readonly string[];
  /** True if it uses none of Node's own modules: no files, sockets, threads, timers. */
  readonly isPure?: true;
}

/** A folder of `src/`, or a file in its root. In the order of the flow. */
export const rooms: Readonly<Record<string, Room>> = {
  // What things are. No I/O, no clock, no randomness except in new ids.
  model: { uses: [], packages: ["typebox", "uuidv7"], isPure: true },
  "event-bus.ts": { uses: ["model"], isPure: true },
  // Counts steps and actions by their events.
  "counters.ts": { uses: ["model"], knows: ["event-bus.ts"], isPure: true },
  // The only importer of LanceDB.
  store: {
    uses: [
      "model",
      "deadline.ts",
      "entry-points.ts",
      "files",
      "pump.ts",
      "text-packing.ts",
      "time-slices.ts",
    ],
    packages: ["@lancedb/lancedb", "p-limit"],
    // Loaded by `lance/arrow.ts`, without an import.
    packageTypes: ["apache-arrow"],
  },
  // Receives the bus and the tables.
  queue: {
    uses: ["model", "deadline.ts", "pump.ts", "time-slices.ts"],
    knows: ["event-bus.ts", "store"],
    packages: ["tinyqueue"],
    packageTypes: ["pino"],
  },
  // Each is one function of an action and the parts that it acts on.
  handlers: { uses: ["model"], knows: ["queue", "supervisor"], packages: ["typebox"] },
  supervisor: {
    uses: ["model", "boundary", "deadline.ts", "entry-points.ts", "text-packing.ts"],
    knows: ["event-bus.ts", "store"],
    packages: ["p-limit"],
    packageTypes: ["pino"],
  },
  // What the main thread and an agent's thread share. `typebox` checks reports, on the main thread.
  boundary: { uses: ["model", "entry-points.ts"], packages: ["comlink", "typebox"] },
  // Code in agents' threads has stricter rules, see architecture.test.ts.
  actor: { uses: ["model", "boundary", "agents", "entry-points.ts"] },
  agents: { uses: ["model"], isPure: true },
  llm: {
    uses: ["model", "files", "deadline.ts", "entry-points.ts"],
    packages: ["piscina", "@boundaryml/baml"],
  },
  // Our own small files and folders, in forms that neither block nor leave half of something.
  files: { uses: [] },
  "deadline.ts": { uses: [] },
  "entry-points.ts": { uses: [] },
  "compile-cache.ts": { uses: ["entry-points.ts"] },
  "pump.ts": { uses: ["time-slices.ts"] },
  "native-environment.ts": { uses: ["model"] },
  "system-check.ts": { uses: ["model"] },
  "text-packing.ts": { uses: [], knows: ["model"] },
  "time-slices.ts": { uses: [] },
  "version.ts": { uses: [] },
  // Who may run which shard: engines outside, over HTTP.
  leases: { uses: ["model"], packages: ["typebox"] },
  outlet: { uses: [] }, // writes stdout and stderr without waiting for their readers
  // Delays every start and stays in memory: small files and no packages.
  heart: { uses: ["model", "boundary", "secrets.ts"] },
  // Runs before everything else in a process that will run agents.
  "secrets.ts": { uses: [] },
  "log.ts": { uses: ["plain-line.ts"], packages: ["pino", "pino-pretty"] },
  "plain-line.ts": { uses: [] },
  // What can be set, and the ways by which it is set: flags, the environment, `.env`, `fleet.json`.
  settings: {
    uses: ["model", "leases", "llm", "files", "entry-points.ts", "secrets.ts", "system-check.ts"],
    packages: ["leven", "typebox"],
  },
  "environment.ts": {
    uses: ["settings", "llm", "model", "supervisor"],
    knows: ["store"],
    packages: ["p-limit"],
    packageTypes: ["pino"],
  },
  // For development: what is saved is loaded.
  "code-watch.ts": { uses: [], knows: ["model"], packageTypes: ["pino"] },
  // Sends traces of stored steps. Only `open-traces.ts` is for others, which loads the packages late.
  telemetry: {
    uses: ["model", "deadline.ts", "store", "version.ts"],
    knows: ["event-bus.ts"],
    packages: [
      "@opentelemetry/api",
      "@opentelemetry/core",
      "@opentelemetry/otlp-transformer",
      "@opentelemetry/resources",
      "@opentelemetry/sdk-trace",
    ],
    packageTypes: ["pino"],
  },
  "fleet-counts.ts": {
    uses: [],
    knows: ["model", "counters.ts", "llm", "queue", "store", "supervisor"],
    isPure: true,
  },
  // Never holds an actor: it enqueues, reads tables and subscribes to events.
  control: {
    uses: ["model", "queue", "deadline.ts", "entry-points.ts", "files"],
    knows: ["event-bus.ts", "counters.ts", "store", "settings"],
    packages: [
      "fastify",
      "@fastify/compress",
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
  // The fleet as a client sees it, for the browser and the terminal.
  picture: { uses: ["model"], isPure: true },
  // Runs in the browser.
  dashboard: {
    uses: ["model", "picture"],
    knows: ["model"],
    packages: ["preact", "@preact/signals", "@tanstack/virtual-core", "microdiff", "uplot"],
    isPure: true,
  },
  // The composition root: builds the parts in flow order, closes them in reverse.
  "main.ts": {
    uses: [
      "settings",
      "environment.ts",
      "event-bus.ts",
      "counters.ts",
      "fleet-counts.ts",
      "fleet-start.ts",
      "open-address.ts",
      "system-check.ts",
      "store",
      "supervisor",
      "llm",
      "control",
    ],
    knows: ["model", "queue", "standby.ts"],
    packageTypes: ["pino"],
  },
  "open-address.ts": {
    uses: ["control", "supervisor"],
    knows: ["settings", "fleet-start.ts"],
  },
  // The start of a process under leases, before that of its fleet.
  "standby.ts": {
    uses: ["settings", "leases", "open-address.ts"],
    knows: ["control", "fleet-start.ts"],
    packageTypes: ["pino"],
  },
  "agent-threads.ts": {
    uses: ["compile-cache.ts", "settings", "model", "store", "supervisor"],
  },
  "fleet-start.ts": {
    uses: [
      "agent-threads.ts",
      "settings",
      "environment.ts",
      "model",
      "queue",
      "handlers",
      "boundary",
      "supervisor",
      "control",
      "telemetry",
    ],
    knows: ["settings", "event-bus.ts", "llm", "store"],
    packageTypes: ["pino"],
  },
  // One fleet, two ways to it: through its server, and through its tables, which are loaded late.
  fleet: {
    uses: ["model", "queue", "store", "supervisor", "control", "settings", "native-environment.ts"],
    packages: ["eventsource-parser"],
  },
  cli: {
    uses: [
      "model",
      "store",
      "supervisor",
      "llm",
      "heart",
      "entry-points.ts",
      "fleet",
      "picture",
      "main.ts",
      "standby.ts",
      "leases",
      "code-watch.ts",
      "environment.ts",
      "settings",
      "log.ts",
      "native-environment.ts",
      "plain-line.ts",
      "system-check.ts",
      "version.ts",
      "files",
    ],
    knows: ["fleet-start.ts"],
    packages: ["commander", "string-width"],
  },
  "index.ts": { uses: ["model", "fleet", "agents"] },
  // Runs in an older Node: finds a newer one and starts the program with it.
  runtime: { uses: [] },
  "troupe.ts": { uses: ["runtime", "cli", "heart", "outlet", "compile-cache.ts", "secrets.ts"] },
};
