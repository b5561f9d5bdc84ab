/**
 * Rows of another program that are far too large for an action: how long they hold up a small one behind them,
 * and how much memory they take, beside LanceDB reading the same texts one after the other.
 */

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect as openDatabase } from "@lancedb/lancedb";
import { allocatorSettings } from "../src/heart/allocator.ts";
import { openStore } from "../src/store/store.ts";
import { Program } from "../test/support/program.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { peakBytes } from "./process-figures.ts";
import { report } from "./report.ts";

const ROWS = Number(process.env["BENCH_ROWS"] ?? 100);
const ROW_MIB = Number(process.env["BENCH_ROW_MIB"] ?? 8);
const ROWS_OF_COMMIT = 10;
const WAIT_MS = 300_000;

await using folder = await makeTempFolder();
const location = join(folder.path, "db");
await (await openStore({ location }))[Symbol.asyncDispose]();
const queue = await (await openDatabase(location, { readConsistencyInterval: 0 })).openTable(
  "queue",
);
const payload = "x".repeat(ROW_MIB * 2 ** 20);
for (let first = 0; first < ROWS; first += ROWS_OF_COMMIT) {
  const numbers = Array.from({ length: ROWS_OF_COMMIT }, (_, n) => first + n);
  await queue.add(numbers.map((n) => action(`large${n}`, "agent_pause", payload)));
}
const readMs = await readEach();
await using program = await Program.start({
  cwd: folder.path,
  env: { ...allocatorSettings, TROUPE_DB: location, TROUPE_LLM: "offline", TROUPE_LOG: "error" },
});
const begun = performance.now();
await queue.add([action("small", "create_agent", '{"agent_id":"a"}')]);
while ((await queue.countRows("id = 'small' AND processed = true")) === 0) {
  if (performance.now() - begun > WAIT_MS) throw new Error("the small row is not processed");
  await delay(200);
}
const heldUpMs = performance.now() - begun;

report("large-rows", [
  {
    what: `a row behind ${ROWS} of ${ROW_MIB} MiB, until it is processed`,
    value: heldUpMs / 1_000,
    unit: "s",
    limit: readMs / 1_000,
    aim: 3,
  },
  { what: "  most memory of the process", value: peakBytes(program.pid) / 2 ** 20, unit: "MiB" },
]);

function action(id: string, name: string, text: string) {
  const created_at = Date.now();
  return { id, action: name, actor: "bench", payload: text, created_at, processed: false };
}

/** Milliseconds that LanceDB takes for the lengths of all texts, one after the other. */
async function readEach(): Promise<number> {
  const rows = await queue.query().select(["id"]).withRowId().toArray();
  const started = performance.now();
  for (const { _rowid } of rows as { readonly _rowid: bigint }[]) {
    const length = new Map([["length", "octet_length(payload)"]]);
    await queue.query().where(`_rowid = ${_rowid}`).select(length).toArray();
  }
  return performance.now() - started;
}
