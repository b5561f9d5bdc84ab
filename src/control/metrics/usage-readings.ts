/** Metrics of what agents have spent on models. They survive restarts, because agents' rows have them. */

import type { Registry } from "prom-client";
import { costOf } from "../../model/usage-sums.ts";
import type { ControlParts } from "../control-parts.ts";
import { addCounter, addGauge } from "./readings.ts";

type UsageParts = Pick<ControlParts, "spent" | "prices">;

/** An agent is no label: there may be too many. */
export function addUsageReadings(registry: Registry, { spent, prices }: UsageParts): void {
  addCounter(registry, {
    name: "troupe_usage_tokens_total",
    help: "Tokens of all agents' model calls ever, ended agents included, by type and model.",
    labels: ["type", "model", "direction"],
    read: () =>
      spent().flatMap(({ agent_type: type, model, input_tokens, output_tokens }) => [
        [{ type, model: model ?? "", direction: "input" }, input_tokens] as const,
        [{ type, model: model ?? "", direction: "output" }, output_tokens] as const,
      ]),
  });
  // A gauge: other prices can make it smaller, which would look like a restart.
  addGauge(registry, {
    name: "troupe_usage_cost_usd",
    help: "US dollars for these tokens at the prices that models.json has now; missing without a price.",
    labels: ["type", "model"],
    read: () =>
      spent().flatMap((one) => {
        const cost = costOf(one, prices());
        const labels = { type: one.agent_type, model: one.model ?? "" };
        return cost === null ? [] : [[labels, cost] as const];
      }),
  });
}
