/** What was spent on models, as people read it. Pure. */

import { tokensOf } from "../model/usage-sums.ts";
import type { Figure } from "../model/usage-view.ts";
import { shortCountText } from "./number-text.ts";

const dollars = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** `$1,204.50`, `$0.0031`, `<$0.0001`. */
export function moneyText(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.0001) return "<$0.0001";
  // A part of a cent: two digits that say something.
  return usd < 0.095 ? `$${Number(usd.toPrecision(2))}` : `$${dollars.format(usd)}`;
}

/** Nothing if no price is known; with a `+` if that is so for some of the tokens alone. */
export function costText({ cost_usd, unpriced_tokens }: Cost): string {
  if (cost_usd === null) return "";
  return `${moneyText(cost_usd)}${unpriced_tokens > 0 ? "+" : ""}`;
}

type Cost = Pick<Figure, "cost_usd" | "unpriced_tokens">;

/** The cost, or the tokens if no price is known. */
export function spentText(figure: Figure): string {
  const cost = costText(figure);
  if (cost !== "") return cost;
  const tokens = tokensOf(figure);
  return `${shortCountText(tokens)} token${tokens === 1 ? "" : "s"}`;
}
