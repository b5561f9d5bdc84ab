/** Actions for more agents than one request can take, of which a part is refused or not answered. */

import { expect, test } from "vitest";
import { RequestError } from "../../src/dashboard/link/api.ts";
import { sendBatches } from "../../src/dashboard/send-batches.ts";
import { ENQUEUE_ROWS_MAX } from "../../src/model/limits.ts";

const agentIds = Array.from({ length: 2 * ENQUEUE_ROWS_MAX + 5 }, (_, n) => `agent${n}`);
const guidance = { action: "agent_interrupt", agentIds, payload: { guidance: {} } } as const;
const pause = { action: "agent_pause", agentIds, payload: {} } as const;

/** Accepts requests until the one with this number, which fails with the status. */
function server(failed: number, status: number) {
  const keys: string[] = [];
  const send = async (rows: readonly unknown[], key: string) => {
    keys.push(key);
    if (keys.length !== failed) return rows.map((_, n) => `${key} ${n}`);
    throw new RequestError(status, { code: `HTTP_${status}`, message: "failed" });
  };
  return { keys, send };
}

test.each([
  [429, { refused: ENQUEUE_ROWS_MAX, unanswered: 0, unsent: 5 }],
  [0, { refused: 0, unanswered: ENQUEUE_ROWS_MAX, unsent: 5 }],
])("what was accepted before an answer %d is known, and what was not", async (status, rest) => {
  const { actionIds, rest: found } = await sendBatches(pause, server(2, status).send);
  expect(actionIds).toHaveLength(ENQUEUE_ROWS_MAX);
  expect(found).toEqual({ ...rest, error: { code: `HTTP_${status}`, message: "failed" } });
});

test("a failure of the first request is the failure of all", async () => {
  await expect(sendBatches(pause, server(1, 0).send)).rejects.toThrow("failed");
});

test("guidance that is sent again reaches nobody twice, and then counts as new", async () => {
  const { keys, send } = server(2, 0);
  await sendBatches(guidance, send);
  expect((await sendBatches(guidance, send)).rest).toBeNull();
  expect(keys.slice(2, 4)).toEqual(keys.slice(0, 2));
  await sendBatches(guidance, send);
  expect(new Set(keys).size).toBe(6);
});

test("other actions have a new key each time, because a resume may be between them", async () => {
  const { keys, send } = server(2, 0);
  await sendBatches(pause, send);
  await sendBatches(pause, send);
  expect(new Set(keys).size).toBe(keys.length);
});
