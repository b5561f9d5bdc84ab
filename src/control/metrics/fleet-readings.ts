/** Metrics of the fleet: agents, actions, steps, model calls and event streams. */

import type { Registry } from "prom-client";
import type { ModelView } from "../../model/model-view.ts";
import { costOf } from "../../model/usage-sums.ts";
import type { ControlParts } from "../control-parts.ts";
import { addCounter, addGauge, byLabel, type Reading, single } from "./readings.ts";

type FleetParts = Pick<
  ControlParts,
  "count" | "counters" | "stream" | "events" | "models" | "lease" | "spent" | "prices"
>;
type Values = ReturnType<Reading<string>["read"]>;
type Row<L extends string = string> = readonly [
  name: string,
  help: string,
  label: L | null,
  read: (parts: FleetParts) => Values,
];

export function addFleetReadings(registry: Registry, parts: FleetParts): void {
  const reading = ([name, help, label, read]: Row): Reading<string> => ({
    name,
    help,
    labels: label === null ? [] : [label],
    read: () => read(parts),
  });
  for (const row of gauges) addGauge(registry, reading(row));
  for (const row of counters) addCounter(registry, reading(row));
  addUsageReadings(registry, parts);
  addCounter(registry, {
    name: "troupe_actions_total",
    help: "Actions that ended, by name and outcome.",
    labels: ["action", "outcome"],
    read: () =>
      [...parts.counters.processed].flatMap(([action, outcomes]) =>
        Object.entries(outcomes).map(([outcome, n]) => [{ action, outcome }, n] as const),
      ),
  });
}

const gauges: readonly Row[] = [
  [
    "troupe_agents",
    "Agents by status, ended ones included.",
    "status",
    ({ count }) => byLabel("status", count().agents),
  ],
  [
    "troupe_agents_residency",
    "Living agents: hot ones have a thread, warm ones have none now, cold ones are only in the table.",
    "residency",
    ({ count }) => byLabel("residency", count().residency),
  ],
  [
    "troupe_agents_unresponsive",
    "Agents whose event loop does not turn.",
    null,
    ({ count }) => single(count().unresponsive),
  ],
  [
    "troupe_actions_in_flight",
    "Actions that were dispatched and whose end is not stored.",
    null,
    ({ count }) => single(count().actions.in_flight),
  ],
  [
    "troupe_llm_calls_in_flight",
    "Running model calls.",
    null,
    ({ count }) => single(count().llm.in_flight),
  ],
  [
    "troupe_llm_calls_waiting",
    "Model calls that wait in the queue.",
    null,
    ({ count }) => single(count().llm.waiting),
  ],
  [
    "troupe_llm_model_up",
    "0 while the model does not answer, otherwise 1.",
    "model",
    (parts) => byModel(parts, ({ state }) => (state === "down" ? 0 : 1)),
  ],
  [
    "troupe_llm_model_calls_waiting",
    "Calls that wait for the model.",
    "model",
    (parts) => byModel(parts, ({ waiting }) => waiting),
  ],
  [
    "troupe_llm_model_requests_per_minute",
    "Requests a minute that are let through; missing without a limit.",
    "model",
    (parts) => byModel(parts, ({ requests_per_minute: rate }) => rate),
  ],
  [
    "troupe_store_healthy",
    "1 while the database accepts writes, otherwise 0.",
    null,
    ({ count }) => single(count().store.is_healthy ? 1 : 0),
  ],
  [
    "troupe_lease_confirmed",
    "1 while this process renews its lease, 0 while it cannot; missing without leases.",
    null,
    ({ lease }) => {
      const state = lease();
      return state === undefined ? [] : single(state === "held" ? 1 : 0);
    },
  ],
  [
    "troupe_stream_clients",
    "Clients of the event streams.",
    null,
    ({ stream }) => single(stream.figures.clients),
  ],
];

const counters: readonly Row[] = [
  [
    "troupe_actions_queued_total",
    "Actions read from the table.",
    null,
    ({ counters: { queued } }) => single(queued),
  ],
  [
    "troupe_steps_total",
    "Steps that ended.",
    "status",
    ({ count }) => byLabel("status", count().steps_total),
  ],
  [
    "troupe_agent_restarts_total",
    "Restarts of agents' threads after failures.",
    null,
    ({ count }) => single(count().restarts_total),
  ],
  [
    "troupe_agent_stops_total",
    "Agents that ended, by the rung of the stop ladder.",
    "rung",
    ({ counters: { stops } }) => byLabel("rung", stops),
  ],
  ["troupe_llm_calls_total", "Model calls that ended.", "outcome", readCalls],
  [
    "troupe_llm_tokens_total",
    "Tokens of model calls, if the provider reports them.",
    "direction",
    ({ count }) => {
      const { input_tokens_total: input, output_tokens_total: output } = count().llm;
      return byLabel("direction", { input, output });
    },
  ],
  [
    "troupe_llm_cost_usd_total",
    "US dollars of model calls, by the prices in models.json.",
    null,
    ({ count }) => single(count().llm.cost_usd_total),
  ],
  [
    "troupe_llm_throttled_seconds_total",
    "Time that calls have waited for their model.",
    "model",
    (parts) => byModel(parts, ({ waited_ms_total: ms }) => ms / 1_000),
  ],
  [
    "troupe_llm_rate_limited_total",
    "Calls that were answered 429.",
    "model",
    (parts) => byModel(parts, ({ rate_limited_total: n }) => n),
  ],
  ["troupe_events_total", "Published events.", null, ({ events }) => single(events.seq)],
  [
    "troupe_stream_gaps_total",
    "Gaps reported to clients of the event streams.",
    "reason",
    ({ stream }) => byLabel("reason", stream.figures.gaps),
  ],
];

/** @param read null = no value for this model */
function byModel({ models }: FleetParts, read: (model: ModelView) => number | null): Values {
  return models().flatMap((model) => {
    const value = read(model);
    const label = model.names.length === 0 ? model.description : model.names.join(" ");
    return value === null ? [] : [[{ model: label }, value] as const];
  });
}

function readCalls({ count }: FleetParts): Values {
  const { calls_total, failures_total: failed, aborted_total: aborted, ...rest } = count().llm;
  const done = calls_total - failed - aborted;
  return byLabel("outcome", { done, failed, aborted, refused: rest.refused_total });
}

type UsageParts = Pick<ControlParts, "spent" | "prices">;

/**
 * What agents have spent on models; it survives restarts, because agents' rows have it. Labels do not name
 * agents: there may be too many.
 */
function addUsageReadings(registry: Registry, { spent, prices }: UsageParts): void {
  addCounter(registry, {
    name: "troupe_usage_tokens_total",
    help: "Tokens of all agents' model calls since the first start, ended agents included, by type and model.",
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
