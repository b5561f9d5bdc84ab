import { expect, test } from "vitest";
import { readPrices } from "../../src/llm/prices.ts";
import { parseNamedModels } from "../../src/model/named-model.ts";

function prices(entries: object): ReturnType<typeof readPrices> {
  const models = parseNamedModels(entries);
  if ("problem" in models) throw new Error(models.problem);
  return readPrices({ path: "models.json", models });
}

test("a price is that of the provider's name of the model, or of its default", () => {
  const found = prices({
    mine: { provider: "openai", model: "gpt-x", price: { input: 1, output: 2 } },
    usual: { provider: "anthropic", price: { input: 3, output: 4 } },
    jokes: { provider: "offline", price: { input: 5, output: 6 } },
    unpriced: { provider: "openai", model: "gpt-y" },
  });
  expect([...found]).toEqual([
    ["gpt-x", { input: 1, output: 2 }],
    ["claude-haiku-5-5", { input: 3, output: 4 }],
    ["offline", { input: 5, output: 6 }],
  ]);
});

test("of several prices of one model the highest counts", () => {
  const found = prices({
    direct: { provider: "openai", model: "m", price: { input: 1, output: 9 } },
    proxy: { provider: "openai-generic", model: "m", price: { input: 2, output: 3 } },
  });
  expect(found.get("m")).toEqual({ input: 2, output: 9 });
});

test("without a file no model has a price", () => {
  expect(readPrices(null).size).toBe(0);
});
