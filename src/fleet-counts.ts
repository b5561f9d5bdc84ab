/** The current figures of the fleet, from the parts that count. */

import type { Counters } from "./counters.ts";
import type { LlmGateway } from "./llm/gateway.ts";
import type { FleetCounts } from "./model/event.ts";
import type { Prices } from "./model/usage.ts";
import type { Dispatcher } from "./queue/dispatcher.ts";
import type { Store } from "./store/store.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";
import type { UsageLedger } from "./supervisor/usage-ledger.ts";

export interface CountingParts {
  readonly supervisor: Pick<Supervisor, "census" | "restarts">;
  readonly dispatcher: Pick<Dispatcher, "inFlight">;
  readonly llm: Pick<LlmGateway, "counters">;
  readonly store: Pick<Store, "health">;
  readonly counters: Counters;
  readonly usage: Pick<UsageLedger, "count">;
  readonly prices: Prices;
}

/** One pass over the agents in care. */
export function countFleet(parts: CountingParts): FleetCounts {
  const { supervisor, dispatcher, llm, store, counters, usage, prices } = parts;
  const calls = llm.counters();
  const { isWritable, since, error } = store.health;
  return {
    ...supervisor.census(),
    restarts_total: supervisor.restarts,
    actions: {
      in_flight: dispatcher.inFlight,
      queued_total: counters.queued,
      processed_total: counters.outcomes,
    },
    steps_total: { ...counters.steps },
    llm: {
      in_flight: calls.inFlight,
      waiting: calls.waiting,
      calls_total: calls.calls,
      failures_total: calls.failures,
      aborted_total: calls.aborted,
      refused_total: calls.refused,
      input_tokens_total: calls.inputTokens,
      output_tokens_total: calls.outputTokens,
      cost_usd_total: calls.costUsd,
    },
    usage: usage.count(prices),
    store: { is_healthy: isWritable, failing_since: since, error },
  };
}
