/** What the disk and the libraries below allow, measured in the same run as what is built on them. */

import { constants, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@lancedb/lancedb";
import { openStore } from "../src/store/store.ts";
import { BULK, CALLERS, repeat } from "./measured-queue.ts";
import { percentile } from "./report.ts";

const SECONDS = 2;
const SAMPLES = 300;
/** As large as an interrupt's. */
const PAYLOAD = JSON.stringify({ agent_id: "receiver0", guidance: { key: 1 } });

/**
 * Milliseconds until 4 KB that were appended to a file are on the disk.
 * @param pauseMs between two of them: a disk that has rested, or a virtual one, answers later
 */
export async function measureSyncs({
  samples = SAMPLES,
  pauseMs = 0,
} = {}): Promise<{ readonly p50: number; readonly p99: number }> {
  return await inFolder(async (folder) => {
    const file = openSync(join(folder, "file"), constants.O_CREAT | constants.O_WRONLY);
    const page = Buffer.alloc(4_096, 1);
    const took: number[] = [];
    for (let n = 0; n < samples; n += 1) {
      const begun = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      took.push(performance.now() - begun);
      if (pauseMs > 0) await delay(pauseMs);
    }
    return { p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
  });
}

/** Rows a second that SQLite syncs for many callers, all that wait in one commit, on this thread. */
export async function measureGroupCommits(): Promise<number> {
  return await inFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, "floor.sqlite"));
    database.exec("pragma journal_mode = wal; pragma synchronous = full");
    database.exec("create table entry (id integer primary key, payload text)");
    const insert = database.prepare("insert into entry (payload) values (?)");
    let waiting: (() => void)[] = [];
    const commit = () => {
      const group = waiting;
      waiting = [];
      database.exec("begin");
      for (const _caller of group) insert.run(PAYLOAD);
      database.exec("commit");
      for (const resolve of group) resolve();
    };
    const store = () =>
      new Promise<void>((resolve) => {
        if (waiting.push(resolve) === 1) setImmediate(commit);
      });
    const { perSecond } = await repeat(CALLERS, SECONDS, store);
    database.close();
    return perSecond;
  });
}

/** Rows a second of LanceDB's own append by the thousand to a table like the queue; they are not synced. */
export async function measureLanceAppends(): Promise<number> {
  return await inFolder(async (folder) => {
    await (await openStore({ location: folder })).close();
    const table = await (await connect(folder)).openTable("queue");
    const row = { action: "agent_interrupt", agent_id: "receiver0", actor: "bench" };
    let rows = 0;
    const append = () =>
      table.add(
        Array.from({ length: BULK }, () => {
          rows += 1;
          const id = `${rows}`.padStart(36);
          return { ...row, id, payload: PAYLOAD, created_at: Date.now(), processed: false };
        }),
      );
    const { perSecond } = await repeat(1, SECONDS, append);
    table.close();
    return perSecond * BULK;
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
