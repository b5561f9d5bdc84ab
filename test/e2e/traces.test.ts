/** Traces of the built program for a collector that answers, is away, or hangs; and a start without them. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { StepRow } from "../../src/model/step.ts";
import { Database } from "../support/database.ts";
import { hangs, OtlpReceiver } from "../support/otlp-receiver.ts";
import { Program } from "../support/program.ts";
import { projectRoot } from "../support/tool-source.ts";

const KEY = "key-of-this-collector";

/** The end of a program with an agent that has made these steps. */
interface Ended {
  readonly program: Program;
  readonly steps: readonly StepRow[];
}

/** Lets an agent of a program take at least five steps, and ends it. */
async function run(database: Database, env: Readonly<Record<string, string>>): Promise<Ended> {
  const program = await Program.start({ cwd: database.folder, env });
  await using _ended = program;
  const config = { interval_ms: 20 };
  await database.processed(database.queue.agentCreate("joker", "test", { config }));
  await database.agent("joker", ({ iteration }) => iteration >= 5);
  expect(await program.end()).toBe(0);
  return { program, steps: await database.steps("joker") };
}

test("each stored step has one span at the collector, the last ones after the end was requested", async () => {
  await using database = await Database.make();
  await using receiver = await OtlpReceiver.start();
  // The endpoint as a user may set it, the key as in an environment.
  await writeFile(join(database.folder, ".env"), `OTEL_EXPORTER_OTLP_ENDPOINT=${receiver.url}\n`);
  const { program, steps } = await run(database, {
    OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${KEY}`,
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  const idOf = ({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }) =>
    attributes["troupe.step.id"];
  const agents = receiver.spans.filter(({ name }) => name === "invoke_agent joke");
  expect(agents).toHaveLength(steps.length);
  for (const step of steps) {
    expect(agents.find((span) => idOf(span) === step.step_id)).toMatchObject({
      traceId: step.step_id.replaceAll("-", ""),
      parentSpanId: "",
      start: step.started_at,
      end: step.ended_at,
      status: { code: 0 },
      attributes: {
        "gen_ai.agent.id": "joker",
        "gen_ai.request.model": "offline",
        "troupe.step.iteration": step.iteration,
      },
      resource: { "service.name": "troupe" },
    });
    expect(receiver.text).not.toContain(step.result);
  }
  // Each step has asked the model once.
  const calls = receiver.spans.filter(({ name }) => name === "chat offline");
  expect(calls).toHaveLength(agents.length);
  expect(new Set(calls.map((call) => call.parentSpanId))).toEqual(
    new Set(agents.map((agent) => agent.spanId)),
  );
  for (const { headers } of receiver.requests) expect(headers["x-api-key"]).toBe(KEY);
  expect(program.output).toContain("traces of steps are sent");
  expect(program.output).not.toContain(KEY);
});

test("a collector that is away disturbs no agent and no end, and one line reports the loss", async () => {
  await using database = await Database.make();
  const away = await OtlpReceiver.start();
  const { url } = away;
  await away[Symbol.asyncDispose]();
  const { program, steps } = await run(database, { OTEL_EXPORTER_OTLP_ENDPOINT: url });
  expect(steps.length).toBeGreaterThanOrEqual(5);
  expect(program.output).toMatch(/spans of traces were lost.*"lost_total":[1-9]/);
  expect(program.output).not.toContain("a thread did not end");
});

test("a collector that hangs disturbs no agent and no end", async () => {
  await using database = await Database.make();
  await using receiver = await OtlpReceiver.start();
  receiver.answer = hangs;
  const { program, steps } = await run(database, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  expect(steps.length).toBeGreaterThanOrEqual(5);
  expect(receiver.requests.length).toBeGreaterThan(0);
  expect(program.output).toContain("the process ended before the collector had answered");
  expect(program.output).not.toContain("a thread did not end");
});

/** Notes the files that a program loads, one a line. */
const recorder = `import { appendFileSync } from "node:fs";
  import { registerHooks } from "node:module";
  registerHooks({ load(url, context, next) {
    appendFileSync(process.env.LOADED, url + "\\n");
    return next(url, context);
  } });`;

/**
 * Of the files that a start has loaded, those with code of OpenTelemetry. Its interface, which does nothing
 * on its own, is not meant: LanceDB and prom-client load it.
 */
async function loadedFor(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using database = await Database.make();
  const loaded = join(database.folder, "loaded.txt");
  const hooks = join(database.folder, "recorder.mjs");
  await writeFile(hooks, recorder);
  const given = { LOADED: loaded, NODE_OPTIONS: `--import ${hooks}`, ...env };
  await using program = await Program.start({ cwd: database.folder, env: given });
  expect(await program.end()).toBe(0);
  const urls = (await readFile(loaded, "utf8")).trim().split("\n");
  const paths = [...new Set(urls)].flatMap((url) => (/^file:/.test(url) ? fileURLToPath(url) : []));
  expect(paths).toContainEqual(expect.stringMatching(/dist\/chunk-store\.js$/));
  const isOwn = (path: string) => path.startsWith(join(projectRoot, "dist/"));
  const texts = await Promise.all(paths.map((path) => (isOwn(path) ? readFile(path, "utf8") : "")));
  return paths.filter(
    (path, n) =>
      /\/node_modules\/@opentelemetry\/(?!api\/)/.test(path) ||
      texts[n]?.includes("node_modules/@opentelemetry/"),
  );
}

test("without a collector a start loads nothing of OpenTelemetry", async () => {
  expect(await loadedFor({})).toEqual([]);
  const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
  expect(await loadedFor({ ...collector, OTEL_SDK_DISABLED: "true" })).toEqual([]);
  expect(await loadedFor(collector)).toEqual([expect.stringMatching(/start-traces/)]);
});
