import { expect, test } from "vitest";
import { ActionQueue } from "../../src/queue/action-queue.ts";
import { openStore } from "../../src/store/store.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";
import { startDispatcher } from "./start-dispatcher.ts";

test("actions that this process accepts for later begin when they are due, whether soon or not", async () => {
  await using folder = await makeTempFolder();
  const location = folder.path;
  const journal = { folder: location, acksInTable: false };
  await using store = await openStore({ location, janitor: {}, journal });
  const begun = new Map<string, number>();
  const dispatcher = startDispatcher({
    table: store.queue,
    handle: async ({ id }) => {
      begun.set(id, Date.now());
      return {};
    },
  });
  const queue = new ActionQueue(store.queue, dispatcher);
  const later = (agent_id: string, ms: number) => {
    const not_before = Date.now() + ms;
    return { action: "agent_pause", actor: "test", agent_id, payload: { agent_id }, not_before };
  };
  const actions = [later("soon", 200), later("later", 2_600), later("last", 3_200)];
  const ids = await queue.append(actions);
  await until(() => begun.size === 3);
  for (const [n, id] of ids.entries()) {
    expect(begun.get(id)).toBeGreaterThanOrEqual(actions[n]?.not_before ?? 0);
  }
  await until(async () => (await queue.find(ids[2] ?? ""))?.processed);
});
