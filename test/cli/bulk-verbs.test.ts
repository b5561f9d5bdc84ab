import { describe, expect, test } from "vitest";
import { batchesOf } from "../../src/cli/bulk-verbs.ts";
import type { ActionRequest } from "../../src/fleet/action-verbs.ts";

function interrupts(count: number, bytes: number): readonly ActionRequest[] {
  const guidance = { text: "x".repeat(bytes) };
  return Array.from({ length: count }, (_, n) => ({
    action: "agent_interrupt",
    agentId: `agent${n}`,
    actor: "ann",
    payload: { agent_id: `agent${n}`, guidance },
  }));
}

describe("the actions of a selector", () => {
  test("are enqueued in batches of at most a thousand", () => {
    const requests = interrupts(2_500, 10);
    const batches = [...batchesOf(requests)];
    expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
    expect(batches.flat()).toEqual(requests);
    expect([...batchesOf([])]).toEqual([]);
  });

  test("fit the body of a request, however large their guidance is", () => {
    const requests = interrupts(100, 250_000);
    const batches = [...batchesOf(requests)];
    expect(batches.flat()).toEqual(requests);
    for (const batch of batches) {
      expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThan(9 * 1024 * 1024);
    }
    expect(batches).toHaveLength(4);
  });
});
