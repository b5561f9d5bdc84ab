/** Steps and effects that are stored and published as the supervisor does it, and their traces. */

import { pino } from "pino";
import { EventBus } from "../../src/event-bus.ts";
import type { EffectRow } from "../../src/model/effect.ts";
import { type AgentId, newEffectId } from "../../src/model/ids.ts";
import { listedStep, type WholeStepRow } from "../../src/model/step.ts";
import type { Store } from "../../src/store/store.ts";
import { openTraces } from "../../src/telemetry/open-traces.ts";
import type { TraceVariables } from "../../src/telemetry/trace-switch.ts";
import { openSample } from "../store/sample-store.ts";
import { OtlpReceiver } from "../support/otlp-receiver.ts";
import { agentRow } from "../support/sample-rows.ts";

/** Long enough for all spans of a test to be sent together at its end. */
const DELAY = "60000";

interface LogLine {
  readonly level: number;
  readonly msg: string;
  /** Lost spans by reason. */
  readonly lost?: Readonly<Record<string, number>>;
}

export interface TracedStore extends AsyncDisposable {
  readonly store: Store;
  readonly receiver: OtlpReceiver;
  /** Lines of the log. */
  readonly logged: readonly LogLine[];
  /** Stores the effects and then the step, and publishes it. */
  add(step: WholeStepRow, effects?: readonly EffectRow[]): Promise<void>;
  /** Publishes a step as if it were stored. */
  publish(step: WholeStepRow): void;
  /** Ends the traces, which sends what waits. */
  end(): Promise<void>;
}

export async function openTraced(variables: TraceVariables = {}): Promise<TracedStore> {
  await using opened = new AsyncDisposableStack();
  const { store } = opened.use(await openSample());
  const receiver = opened.use(await OtlpReceiver.start());
  const events = new EventBus();
  const logged: LogLine[] = [];
  const log = pino({ base: null }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const traces = opened.use(
    await openTraces({
      variables: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: DELAY,
        ...variables,
      },
      events,
      store,
      typeOf: (agentId) => (agentId === "stranger" ? undefined : "joke"),
      log,
    }),
  );
  const parts = opened.move();
  const publish = (step: WholeStepRow) =>
    events.publish("agent.step", listedStep(step), step.agent_id);
  return {
    store,
    receiver,
    logged,
    add: async (step, effects = []) => {
      await Promise.all(effects.map((effect) => store.effects.keep(effect)));
      const row = agentRow({ agent_id: step.agent_id, iteration: step.iteration });
      const { promise, resolve } = Promise.withResolvers<void>();
      const stored = store.agents.record(row, step, { onAppended: resolve });
      await Promise.race([promise, stored]);
      publish(step);
    },
    publish,
    end: async () => await traces[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export function effectRow(given: Partial<Omit<EffectRow, "agent_id">> = {}): EffectRow {
  return {
    effect_id: newEffectId(),
    agent_id: "agent1" as AgentId,
    generation: 1,
    iteration: 1,
    turn: 1,
    kind: "once",
    name: "send-mail",
    key: "send-mail",
    input_hash: "",
    input: null,
    state: "done",
    value: null,
    error: null,
    model: null,
    input_tokens: null,
    output_tokens: null,
    wait_ms: null,
    retries: null,
    started_at: 1_100,
    ended_at: 1_200,
    epoch: 1,
    ...given,
  };
}
