/** The timeline's part of a glance: all steps since the last one, and the running ones. */

import { expect, test } from "vitest";
import { glanceSpans } from "../../../src/control/stream/glance-feed.ts";
import { EventBus } from "../../../src/event-bus.ts";
import type { AgentId } from "../../../src/model/ids.ts";
import { listedStep } from "../../../src/model/step.ts";
import { liveFigures, stepRow } from "../../support/sample-rows.ts";

function publish(bus: EventBus, agent_id: string, given: Parameters<typeof stepRow>[0]): void {
  bus.publish("agent.step", listedStep(stepRow({ agent_id, ...given })), agent_id as AgentId);
}

test("each step since the last glance is in it, with what a bar needs, and nothing else", () => {
  const bus = new EventBus();
  publish(bus, "a", { iteration: 1 });
  const since = bus.seq;
  publish(bus, "a", { iteration: 2, guidance_used: ["g"], generation: 3 });
  publish(bus, "b", { iteration: 7, status: "error", started_at: 5, ended_at: 6 });
  publish(bus, "a", { iteration: 3 });
  const live = new Map([
    ["a", liveFigures({ step_since: 90 })],
    ["b", liveFigures()],
  ]);
  expect(glanceSpans(bus, since, live)).toEqual({
    ended: {
      a: [
        [2, 3, 1_000, 2_000, "ok", 1],
        [3, 1, 1_000, 2_000, "ok", 0],
      ],
      b: [[7, 1, 5, 6, "error", 0]],
    },
    open: { a: 90 },
  });
  expect(glanceSpans(bus, undefined, live).ended).toEqual({});
});

test("if steps are no longer kept, none is in it: the reader reads them from the table", () => {
  const bus = new EventBus({ eventsKeptMax: 2 });
  for (let iteration = 1; iteration <= 5; iteration += 1) publish(bus, "a", { iteration });
  expect(glanceSpans(bus, 1, new Map()).ended).toEqual({});
});

test("an agent may have the name of what every object has", () => {
  const bus = new EventBus();
  publish(bus, "constructor", { iteration: 1 });
  const { ended } = glanceSpans(bus, 0, new Map());
  expect(ended["constructor"]).toEqual([[1, 1, 1_000, 2_000, "ok", 0]]);
});
