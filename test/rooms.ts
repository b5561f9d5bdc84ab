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
      "make-folder.ts",
      "plain-file.ts",
      "pump.ts",
      "real-path.ts",
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
    uses: ["model", "bounded-file.ts", "deadline.ts", "entry-points.ts", "plain-file.ts"],
    packages: ["piscina", "@boundaryml/baml"],
  },
  "deadline.ts": { uses: [] },
  "entry-points.ts": { uses: [] },
  "compile-cache.ts": { uses: ["entry-points.ts"] },
  "plain-file.ts": { uses: [] },
  "pump.ts": { uses: ["time-slices.ts"] },
  "native-environment.ts": { uses: ["model"] },
  "real-path.ts": { uses: [] },
  "bounded-file.ts": { uses: [] },
  "make-folder.ts": { uses: [] },
  "system-check.ts": { uses: ["model"] },
  "text-packing.ts": { uses: [], knows: ["model"] },
  "temp-folder.ts": { uses: ["make-folder.ts"] },
  "time-slices.ts": { uses: [] },
  // Who may run which shard: engines outside, over HTTP.
  leases: { uses: ["model"], packages: ["typebox"] },
  outlet: { uses: [] }, // writes stdout and stderr without waiting for their readers
  // Delays every start and stays in memory: small files and no packages.
  heart: { uses: ["model", "boundary", "secrets.ts"] },
  // Runs before everything else in a process that will run agents.
  "secrets.ts": { uses: [] },
  "log.ts": { uses: ["plain-line.ts"], packages: ["pino", "pino-pretty"] },
  "plain-line.ts": { uses: [] },
  "settings.ts": { uses: ["model", "leases"], packages: ["typebox"], isPure: true },
  "dotenv.ts": { uses: ["model", "bounded-file.ts"] },
  "config.ts": {
    uses: [
      "model",
      "settings.ts",
      "agent-variables.ts",
      "dotenv.ts",
      "secrets.ts",
      "setting-places.ts",
      "setting-report.ts",
      "setting-value.ts",
      "shard-places.ts",
      "system-check.ts",
      "leases",
      "llm",
    ],
    knows: ["bounded-file.ts"],
  },
  "setting-places.ts": { uses: ["entry-points.ts", "real-path.ts"], knows: ["settings.ts"] },
  "agent-variables.ts": { uses: ["model"], isPure: true },
  "read-fleet-file.ts": { uses: ["model", "bounded-file.ts"] },
  "shard-places.ts": {
    uses: ["model", "real-path.ts", "setting-places.ts", "read-fleet-file.ts"],
    knows: ["settings.ts"],
  },
  "setting-value.ts": {
    uses: ["model"],
    knows: ["settings.ts"],
    packages: ["typebox"],
    isPure: true,
  },
  "setting-report.ts": {
    uses: ["model", "settings.ts"],
    knows: ["dotenv.ts"],
    packages: ["leven"],
    isPure: true,
  },
  "environment.ts": {
    uses: ["agent-variables.ts", "config.ts", "llm", "model", "supervisor"],
    knows: ["store"],
    packages: ["p-limit"],
    packageTypes: ["pino"],
  },
  // For development: what is saved is loaded.
  "code-watch.ts": { uses: [], knows: ["model"], packageTypes: ["pino"] },
  // Sends traces of stored steps. Only `open-traces.ts` is for others, which loads the packages late.
  telemetry: {
    uses: ["model", "deadline.ts", "store"],
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
    uses: ["model", "queue", "deadline.ts", "entry-points.ts", "plain-file.ts"],
    knows: ["event-bus.ts", "counters.ts", "store", "config.ts"],
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
      "config.ts",
      "environment.ts",
      "event-bus.ts",
      "counters.ts",
      "fleet-counts.ts",
      "fleet-start.ts",
      "open-address.ts",
      "shard-places.ts",
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
    knows: ["config.ts", "fleet-start.ts"],
  },
  // The start of a process under leases, before that of its fleet.
  "standby.ts": {
    uses: ["config.ts", "leases", "open-address.ts"],
    knows: ["control", "fleet-start.ts"],
    packageTypes: ["pino"],
  },
  "agent-threads.ts": {
    uses: ["compile-cache.ts", "config.ts", "model", "store", "supervisor"],
  },
  "fleet-start.ts": {
    uses: [
      "agent-threads.ts",
      "shard-places.ts",
      "environment.ts",
      "model",
      "queue",
      "handlers",
      "boundary",
      "supervisor",
      "control",
      "telemetry",
    ],
    knows: ["config.ts", "event-bus.ts", "llm", "store"],
    packageTypes: ["pino"],
  },
  // One fleet, two ways to it: through its server, and through its tables, which are loaded late.
  fleet: {
    uses: [
      "model",
      "queue",
      "store",
      "supervisor",
      "control",
      "config.ts",
      "read-fleet-file.ts",
      "native-environment.ts",
    ],
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
      "config.ts",
      "settings.ts",
      "log.ts",
      "native-environment.ts",
      "plain-line.ts",
      "system-check.ts",
      "temp-folder.ts",
    ],
    knows: ["fleet-start.ts"],
    packages: ["commander", "string-width"],
  },
  "index.ts": { uses: ["model", "fleet", "agents"] },
  // Runs in an older Node: finds a newer one and starts the program with it.
  runtime: { uses: [] },
  "troupe.ts": { uses: ["runtime", "cli", "heart", "outlet", "compile-cache.ts", "secrets.ts"] },
};
