/** What models cost, by their names at their providers, from `models.json`. Pure. */

import type { Prices } from "../model/usage.ts";
import type { ModelFile } from "./model-file.ts";
import { OFFLINE_MODEL } from "./offline/offline-answer.ts";
import { type ProviderName, providers } from "./providers.ts";

/**
 * If entries give one model several prices, the highest counts: a cost is not shown too low.
 * @param file null without one: no model has a price
 */
export function readPrices(file: ModelFile | null): Prices {
  const prices = new Map<string, { readonly input: number; readonly output: number }>();
  for (const { provider, model, price } of file?.models.values() ?? []) {
    if (price === undefined) continue;
    const isOffline = provider === "offline";
    const name = isOffline ? OFFLINE_MODEL : (model ?? providers[provider as ProviderName].model);
    const { input = 0, output = 0 } = prices.get(name) ?? {};
    prices.set(name, {
      input: Math.max(input, price.input),
      output: Math.max(output, price.output),
    });
  }
  return prices;
}
