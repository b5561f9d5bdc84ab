/** What a program that was killed has accepted, seen before the next start and after it. */

import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { inPages } from "../support/in-pages.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const ACTIONS = 200;

test("actions that a killed program has answered are listed before the next start, and carried out by it", async () => {
  await using database = await Database.make();
  const { store } = database;
  const options = { cwd: database.folder, env: { TROUPE_LOG: "warn" } };
  let ids: readonly string[];
  {
    await using program = await Program.start(options);
    const line = await program.line(/http:\S+/);
    const url = new URL(/http:\S+/.exec(line)?.[0] ?? "");
    const authorization = `Bearer ${url.searchParams.get("token") ?? ""}`;
    const post = async (n: number): Promise<string> => {
      const answer = await fetch(`${url.origin}/api/agents/nobody${n}/pause`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: "{}",
      });
      const { action_id } = (await answer.json()) as { readonly action_id: string };
      return action_id;
    };
    ids = await Promise.all(Array.from({ length: ACTIONS }, (_, n) => post(n)));
    await program.end("SIGKILL");
  }
  const rows = await inPages(30, (page) => store.queue.list(page));
  const listed = new Set(rows.map(({ id }) => id));
  expect(listed.size).toBe(rows.length);
  expect(ids.filter((id) => !listed.has(id))).toEqual([]);
  expect(await database.queue.actionFind(ids[0] ?? "")).toMatchObject({ id: ids[0] });

  await using _program = await Program.start(options);
  await until(async () => (await store.queue.list({ limit: 1 })).items[0]?.processed === true);
  for (const id of ids) {
    expect(await database.processed(id)).toMatchObject({ outcome: "rejected" });
  }
});
