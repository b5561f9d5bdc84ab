import fc from "fast-check";
import { expect, test } from "vitest";
import { FairQueue } from "../../../src/llm/governor/fair-queue.ts";

function queueOf(...agents: readonly string[]) {
  const preferred = new Set<string>();
  const queue = new FairQueue<string>(preferred);
  const add = (agentId: string, n: number) => queue.add({ agentId, item: `${agentId}${n}` });
  for (const [n, agentId] of agents.entries()) add(agentId, n);
  const drain = () => {
    const order: string[] = [];
    for (let call = queue.next(); call !== undefined; call = queue.next()) order.push(call.item);
    return order;
  };
  return { queue, preferred, drain };
}

test("agents have one turn a round, in the order in which they came", () => {
  const { drain } = queueOf("a", "a", "a", "b", "c", "b");
  expect(drain()).toEqual(["a0", "b3", "c4", "a1", "b5", "a2"]);
});

test("an agent that was steered is next, once", () => {
  const { preferred, drain } = queueOf("a", "b", "c", "c");
  preferred.add("c");
  expect(drain()).toEqual(["c2", "a0", "b1", "c3"]);
  expect(preferred.size).toBe(0);
});

test("agents that are steered all the time take every second turn at most", () => {
  const { queue, preferred } = queueOf(..."x".repeat(6), ..."abc");
  const order = Array.from({ length: 6 }, () => {
    preferred.add("x");
    return queue.next()?.agentId;
  });
  expect(order.filter((agentId) => agentId === "x")).toHaveLength(3);
});

test("a call that comes back goes before others", () => {
  const { queue, drain } = queueOf("a", "b");
  queue.add({ agentId: "z", item: "z" }, true);
  expect(queue.findOf("z")).toBe("z");
  expect(drain()).toEqual(["z", "a0", "b1"]);
});

class Model {
  readonly preferred = new Set<string>();
  readonly queue = new FairQueue<string>(this.preferred);
  /** Agents by their waiting calls. */
  readonly waiting = new Map<string, string>();
  #count = 0;

  add(agentId: string, isBack: boolean): void {
    this.#count += 1;
    this.queue.add({ agentId, item: `${this.#count}` }, isBack);
    this.waiting.set(`${this.#count}`, agentId);
  }

  next(): void {
    const call = this.queue.next();
    expect(call === undefined).toBe(this.waiting.size === 0);
    if (call !== undefined) expect(this.waiting.delete(call.item)).toBe(true);
  }

  remove(agentId: string): void {
    const item = this.queue.findOf(agentId);
    expect(item !== undefined).toBe([...this.waiting.values()].includes(agentId));
    if (item === undefined) return;
    expect(this.queue.remove({ agentId, item })).toBe(true);
    this.waiting.delete(item);
  }

  check(): void {
    expect(this.queue.size).toBe(this.waiting.size);
    expect(new Set([...this.queue].map(({ item }) => item))).toEqual(new Set(this.waiting.keys()));
  }
}

const acts = {
  add: (model: Model, agentId: string) => model.add(agentId, false),
  back: (model: Model, agentId: string) => model.add(agentId, true),
  next: (model: Model) => model.next(),
  remove: (model: Model, agentId: string) => model.remove(agentId),
  prefer: (model: Model, agentId: string) => void model.preferred.add(agentId),
};

test("whatever is added and removed, each call is handed out once", () => {
  const act = fc.constantFrom(...Object.values(acts));
  const steps = fc.array(fc.tuple(act, fc.constantFrom("a", "b", "c", "d")), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const model = new Model();
      for (const [step, agentId] of all) {
        step(model, agentId);
        model.check();
      }
    }),
  );
});
