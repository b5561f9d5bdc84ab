import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventBus } from "../src/event-bus.ts";
import type { TroupeEvent } from "../src/model/event.ts";

const partial = { function: "Ask", value: "so far" };

function guidance(text = "") {
  return { action_id: "action1", guidance: { text }, at: 0 };
}

function seqs(events: readonly TroupeEvent[] | undefined): readonly number[] | undefined {
  return events?.map(({ seq }) => seq);
}

describe("event bus", () => {
  test("notifies subscribers in order, until they are disposed of", () => {
    const bus = new EventBus();
    const heard: number[] = [];
    const subscription = bus.subscribe(({ seq }) => heard.push(seq));
    bus.publish("agent.guidance", guidance());
    bus.publish("llm.partial", partial);
    subscription[Symbol.dispose]();
    bus.publish("agent.guidance", guidance());
    expect(heard).toEqual([1, 2]);
    expect(bus.seq).toBe(3);
  });

  test("numbers live events, and does not keep them", () => {
    const bus = new EventBus();
    bus.publish("agent.guidance", guidance());
    bus.publish("llm.partial", partial);
    bus.publish("agent.guidance", guidance());
    expect(seqs(bus.since(0))).toEqual([1, 3]);
    expect(seqs(bus.since(1))).toEqual([3]);
    expect(seqs(bus.since(2))).toEqual([3]);
    expect(seqs(bus.since(3))).toEqual([]);
    expect(bus.since(4)).toBeUndefined();
  });

  test("keeps at most its limit of text, and no newest event that alone exceeds it", () => {
    const bus = new EventBus({ charactersKeptMax: 1_000 });
    for (let n = 0; n < 10; n += 1) bus.publish("agent.guidance", guidance("x".repeat(300)));
    expect(seqs(bus.since(bus.forgottenSeq))).toEqual([9, 10]);
    bus.publish("agent.guidance", guidance("x".repeat(2_000)));
    expect(bus.forgottenSeq).toBe(11);
    expect(seqs(bus.since(11))).toEqual([]);
    bus.publish("agent.guidance", guidance());
    expect(seqs(bus.since(11))).toEqual([12]);
  });

  test("gives exactly the events kept after any number, or reports that some are gone", () => {
    const published = fc.array(fc.boolean(), { maxLength: 60 });
    fc.assert(
      fc.property(published, fc.nat(70), fc.integer({ min: 1, max: 20 }), (kinds, seq, limit) => {
        const bus = new EventBus({ eventsKeptMax: 16 });
        for (const isKept of kinds) {
          if (isKept) bus.publish("agent.guidance", guidance());
          else bus.publish("llm.partial", partial);
        }
        const all = kinds.flatMap((isKept, n) => (isKept ? [n + 1] : []));
        const kept = all.slice(-16);
        const forgotten = all.at(-17) ?? 0;
        expect(bus.forgottenSeq).toBe(forgotten);
        const isAnswered = seq >= forgotten && seq <= kinds.length;
        const expected = kept.filter((n) => n > seq).slice(0, limit);
        expect(seqs(bus.since(seq, limit))).toEqual(isAnswered ? expected : undefined);
      }),
    );
  });
});
