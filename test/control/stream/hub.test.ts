/** The hub under whatever order of publishing, blocking and going on. */

import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { sseFrame } from "../../../src/control/stream/frame.ts";
import { StreamHub, type StreamLimits } from "../../../src/control/stream/hub.ts";
import type { Sink, Subscriber } from "../../../src/control/stream/subscriber.ts";
import { EventBus } from "../../../src/event-bus.ts";
import type { EventType, TroupeEvent } from "../../../src/model/event.ts";
import type { AgentId } from "../../../src/model/ids.ts";
import { until } from "../../support/until.ts";

const EPOCH = 1;

/** A client whose connection takes bytes only while it is open. */
class Listener {
  readonly events: TroupeEvent[] = [];
  readonly client: Subscriber;
  isTaking = true;
  isCut = false;

  constructor(hub: StreamHub) {
    const sink: Sink = {
      write: (bytes) => {
        for (const frame of bytes.toString().split("\n\n").filter(Boolean)) {
          this.events.push(JSON.parse(frame.slice(frame.indexOf("data: ") + 6)) as TroupeEvent);
        }
        return this.isTaking;
      },
      beat: () => undefined,
      end: () => this.client.close(),
      destroy: () => {
        this.isCut = true;
        this.client.close();
      },
    };
    this.client = hub.open(sink, sseFrame);
  }

  select(key: string, types?: readonly EventType[], after = 0): void {
    const subscription = { types: types && new Set(types), after };
    this.client.select((selection) => selection.with([key], subscription));
  }

  goOn(): void {
    this.isTaking = true;
    this.client.drained();
  }
}

function open(limits: Partial<StreamLimits>, kept = 10_000, charactersKeptMax = 2 ** 20) {
  const events = new EventBus({ eventsKeptMax: kept, charactersKeptMax });
  const hub = new StreamHub({ events, epoch: EPOCH, limits: { gatherMs: 0, ...limits } });
  const publish = (agentId: string, size = 0) => {
    const data = { action_id: "action1", guidance: { text: "x".repeat(size) }, at: 0 };
    events.publish("agent.guidance", data, agentId as AgentId);
  };
  return { events, hub, publish };
}

const listener = fc.nat(3);
const size = fc.nat(400);
const operations = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("publish"), agent: fc.nat(3), size }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("turn") }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("block"), listener }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("go on"), listener }) },
  ),
  { maxLength: 120, size: "max" },
) as fc.Arbitrary<readonly Step[]>;
const keys = ["*", "agent0", "agent1", "agent2"] as const;

describe("hub", () => {
  test("gives each client everything that it selects in order, or reports exactly what it misses", async () => {
    const limits = { eventsWaitingMax: 3, bytesWaitingMax: 1_000 };
    await fc.assert(
      fc.asyncProperty(operations, fc.nat(20), async (steps, published) => {
        const { hub, publish, events } = open(limits, 12);
        for (let n = 0; n < published; n += 1) publish(`agent${n % 4}`);
        const listeners = keys.map((key) => {
          const listener = new Listener(hub);
          listener.select(key, undefined, listener.client.resumeAfter({ epoch: EPOCH, seq: 0 }));
          return listener;
        });
        for (const step of steps) await play(step, listeners, publish);
        for (const listener of listeners) listener.goOn();
        publish("agent0");
        publish("agent1");
        publish("agent2");
        const last = events.seq;
        await until(() => listeners.every((one) => (one.events.at(-1)?.seq ?? 0) >= last - 2));
        for (const [n, { events: heard }] of listeners.entries()) {
          checkWhole(heard, { count: last, key: keys[n] ?? "", agentOf: agents(steps, published) });
        }
        await hub.close();
      }),
      { numRuns: 60 },
    );
  });

  test("shares what may wait among many selections that differ", async () => {
    const { hub, publish } = open({ bytesWaitingMax: 100_000, bytesWaitingAllMax: 200_000 });
    onTestFinished(() => hub.close());
    const listeners = Array.from({ length: 20 }, (_, n) => {
      const listener = new Listener(hub);
      listener.isTaking = false;
      listener.select("*");
      listener.select(`own${n}`);
      return listener;
    });
    let published = 0;
    await until(() => {
      publish("agent1", 2_000);
      published += 1;
      return hub.figures.gaps.slow === listeners.length;
    });
    // One alone would have had room for fifty.
    expect(published).toBeLessThan(40);
  });

  test("reports a loss of a slow client that has not been sent an earlier gap yet, and goes on", async () => {
    // Nothing is kept: who resumes gets a gap, and then only new events.
    const { hub, publish, events } = open({ eventsWaitingMax: 3 }, 10, 0);
    onTestFinished(() => hub.close());
    const listener = new Listener(hub);
    listener.select("agent1");
    listener.isTaking = false;
    publish("agent1");
    await until(() => listener.events.length === 1);
    for (let n = 0; n < 10; n += 1) publish("agent0");
    const { client } = listener;
    listener.select("*", undefined, client.resumeAfter({ epoch: EPOCH, seq: 4 }));
    for (let n = 0; n < 10; n += 1) {
      publish("agent0");
      await delay();
    }
    await until(() => hub.figures.gaps.slow === 1);
    const { seq } = events;
    listener.goOn();
    const isNewer = (event: TroupeEvent) => event.type !== "gap" && event.seq > seq;
    await until(() => {
      publish("agent0");
      return listener.events.some(isNewer);
    });
    const [gap, next] = listener.events.slice(1);
    expect(gap).toMatchObject({ type: "gap", data: { after_seq: 4, reason: "expired" } });
    expect(gap?.seq).toBeGreaterThanOrEqual(seq);
    expect(next?.seq).toBe((gap?.seq ?? 0) + 1);
    expect(hub.figures.gaps).toEqual({ slow: 1, expired: 1, restarted: 0 });
  });

  test("reports the position of an earlier process even if the client then names a newer one", async () => {
    const { hub, publish } = open({}, 3);
    onTestFinished(() => hub.close());
    const listener = new Listener(hub);
    listener.isTaking = false;
    listener.select("agent1");
    publish("agent1");
    await until(() => listener.events.length === 1);
    for (let n = 0; n < 10; n += 1) publish("agent0");
    const { client } = listener;
    listener.select("agent0", undefined, client.resumeAfter({ epoch: EPOCH - 1, seq: 6 }));
    listener.select("agent1", undefined, client.resumeAfter({ epoch: EPOCH, seq: 5 }));
    listener.goOn();
    await until(() => listener.events.length > 4);
    expect(listener.events[1]).toMatchObject({
      type: "gap",
      data: { after_seq: 0, before_seq: 9, reason: "restarted" },
    });
  });

  test("knows the current subscriptions", () => {
    const { hub } = open({});
    onTestFinished(() => hub.close());
    expect(hub.isWanted("fleet.stats")).toBe(false);
    const one = new Listener(hub);
    one.select("agent1", ["llm.partial"]);
    expect(hub.isWanted("llm.partial", "agent1")).toBe(true);
    expect(hub.isWanted("llm.partial", "agent2")).toBe(false);
    expect(hub.isWanted("agent.step", "agent1")).toBe(false);
    expect(hub.isWanted("fleet.stats")).toBe(false);
    const two = new Listener(hub);
    two.select("*", ["fleet.stats", "agent.step"]);
    expect(hub.isWanted("fleet.stats")).toBe(true);
    expect(hub.isWanted("agent.step", "agent2")).toBe(true);
    two.client.close();
    one.client.close();
    expect(hub.isWanted("llm.partial", "agent1")).toBe(false);
    expect(hub.figures.clients).toBe(0);
  });
});

type Publish = (agentId: string, size: number) => void;

async function play(step: Step, listeners: readonly Listener[], publish: Publish): Promise<void> {
  const listener = listeners[step.listener ?? 0];
  switch (step.kind) {
    case "publish":
      publish(`agent${step.agent}`, step.size ?? 0);
      return;
    case "block":
      if (listener !== undefined) listener.isTaking = false;
      return;
    case "go on":
      listener?.goOn();
      return;
    case "turn":
      await delay(0);
  }
}

/** Which agent each event is about, by its number. */
function agents(steps: readonly Step[], n: number) {
  const before = Array.from({ length: n }, (_, at) => at % 4);
  const during = steps.flatMap((step) => (step.kind === "publish" ? [step.agent ?? 0] : []));
  return [Number.NaN, ...before, ...during, 0, 1, 2];
}

interface Step {
  readonly kind: "publish" | "block" | "go on" | "turn";
  readonly agent?: number;
  readonly size?: number;
  readonly listener?: number;
}

interface Expected {
  readonly count: number;
  readonly key: string;
  readonly agentOf: readonly number[];
}

/** Every selected event is there once and in order, or lies in a gap; and nothing else is there. */
function checkWhole(heard: readonly TroupeEvent[], { count, key, agentOf }: Expected): void {
  const gaps = heard.flatMap((event) => (event.type === "gap" ? [event.data] : []));
  const seqs = heard.flatMap(({ type, seq }) => (type === "gap" ? [] : [seq]));
  expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  const isMissed = (seq: number) =>
    gaps.some(({ after_seq, before_seq }) => seq > after_seq && seq < before_seq);
  const isSelected = (seq: number) => key === "*" || key === `agent${agentOf[seq]}`;
  const all = Array.from({ length: count }, (_, n) => n + 1);
  expect(seqs).toEqual(all.filter((seq) => isSelected(seq) && !isMissed(seq)));
}

test("log lines are sent only to those who name their agent", async () => {
  const { events, hub } = open({});
  onTestFinished(() => hub.close());
  const [all, chosen, named] = [new Listener(hub), new Listener(hub), new Listener(hub)];
  all.select("*");
  chosen.select("*", ["agent.log"]);
  named.select("a");
  expect(hub.isWanted("agent.log", "b")).toBe(false);
  expect(hub.isWanted("agent.log", "a")).toBe(true);
  const line = { at: 0, level: "info", message: "said", fields: null, generation: 1 } as const;
  for (const [n, agentId] of ["a", "b"].entries()) {
    events.publish("agent.log", { n, ...line }, agentId as AgentId);
  }
  events.publish("agent.guidance", { action_id: "x", guidance: {}, at: 0 }, "a" as AgentId);
  await until(() => all.events.length > 0 && named.events.length > 1);
  expect(named.events.map(({ type }) => type)).toEqual(["agent.log", "agent.guidance"]);
  expect(all.events.map(({ type }) => type)).toEqual(["agent.guidance"]);
  expect(chosen.events).toEqual([]);
});
