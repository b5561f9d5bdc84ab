/** The sums of a heap snapshot, held against V8's own. */

import { getHeapSnapshot } from "node:v8";
import { expect, test } from "vitest";
import { summarizeSnapshot } from "../../../src/supervisor/inside/snapshot-summary.ts";

class Unmistakable {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

test("objects are summed up by constructor", async () => {
  const kept = Array.from({ length: 321 }, (_, n) => new Unmistakable(`"text" \\ ${n}`));
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks);
  const { items, total_count, total_bytes } = summarizeSnapshot(text);
  expect(items.length).toBeLessThanOrEqual(200);
  const { snapshot, nodes } = JSON.parse(text.toString());
  expect(total_count).toBe(snapshot.node_count);
  const { node_fields: fields } = snapshot.meta;
  const size = fields.indexOf("self_size");
  let sum = 0;
  for (let at = size; at < nodes.length; at += fields.length) sum += nodes[at];
  expect(total_bytes).toBe(sum);
  expect(kept).toHaveLength(321);
});

test("an own constructor has its name and number", () => {
  const snapshot = {
    snapshot: {
      meta: {
        node_fields: ["type", "name", "id", "self_size"],
        node_types: [["hidden", "string", "object"], "string", "number", "number"],
      },
      node_count: 4,
    },
    nodes: [2, 1, 1, 24, 2, 1, 3, 40, 1, 2, 5, 100, 0, 0, 7, 8],
    edges: [1, 2, 3],
    strings: ["", 'A "quoted\\" name', "a text"],
  };
  expect(summarizeSnapshot(Buffer.from(JSON.stringify(snapshot)))).toEqual({
    total_bytes: 172,
    total_count: 4,
    items: [
      { constructor: "(string)", count: 1, bytes: 100 },
      { constructor: 'A "quoted\\" name', count: 2, bytes: 64 },
      { constructor: "(hidden)", count: 1, bytes: 8 },
    ],
  });
});

test("what is no snapshot is refused", () => {
  expect(() => summarizeSnapshot(Buffer.from("{}"))).toThrow("has no");
  const part = '{"meta":{"node_fields":["type"],"node_types":[["a"]]},"nodes":[1,2';
  expect(() => summarizeSnapshot(Buffer.from(part))).toThrow("other fields");
  const whole = part.replace('["type"]', '["type","name","self_size"]');
  expect(() => summarizeSnapshot(Buffer.from(whole))).toThrow("ends");
});
