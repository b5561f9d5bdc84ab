/** The steps of a store as another program reads them, with a count of its reads and their rows. */

import type { WholeStepRow } from "../../../src/model/step.ts";
import { encodeRow, toArrow } from "../../../src/store/lance/codec.ts";
import { StoredTable } from "../../../src/store/lance/stored-table.ts";
import type { ReadOptions } from "../../../src/store/lance/table-query.ts";
import { silentLog } from "../../../src/store/store-log.ts";
import { openForeign, type SampleStore } from "../sample-store.ts";

export class CountedTable extends StoredTable<"agent_steps"> {
  reads = 0;
  rowsRead = 0;

  static async open({ location }: SampleStore): Promise<CountedTable> {
    const table = await openForeign(location, "agent_steps");
    return new CountedTable("agent_steps", table, { log: silentLog, folder: undefined });
  }

  override async read<Row>(options: ReadOptions<"agent_steps"> = {}): Promise<readonly Row[]> {
    const rows = await super.read<Row>(options);
    this.reads += 1;
    this.rowsRead += rows.length;
    return rows;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** In one commit. */
export async function addSteps(
  { location }: SampleStore,
  steps: readonly WholeStepRow[],
): Promise<void> {
  const table = await openForeign(location, "agent_steps");
  const rows = steps.map((step) => encodeRow("agent_steps", step));
  await table.add(await toArrow("agent_steps", rows));
  table.close();
}
