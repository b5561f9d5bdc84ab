import { expect, test } from "vitest";
import { noFigure } from "../../src/model/usage-sums.ts";
import { costText, moneyText, spentText } from "../../src/picture/spent-text.ts";

test.each([
  [0, "$0"],
  [0.00001, "<$0.0001"],
  [0.00314, "$0.0031"],
  [0.05, "$0.05"],
  [0.1, "$0.10"],
  [1.005, "$1.01"],
  [1204.5, "$1,204.50"],
])("%f dollars", (usd, text) => {
  expect(moneyText(usd)).toBe(text);
});

test("no price is no money, and a price for some tokens alone has a plus", () => {
  const figure = { ...noFigure, input_tokens: 11_000, output_tokens: 1_345 };
  expect(costText(figure)).toBe("");
  expect(spentText(figure)).toBe("12.3K tokens");
  expect(spentText({ ...figure, cost_usd: 0.2, unpriced_tokens: 3 })).toBe("$0.20+");
  expect(spentText({ ...noFigure, input_tokens: 1 })).toBe("1 token");
});
