import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { ActionState } from "../../src/model/action-state.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { OpenActions } from "../../src/queue/open-actions.ts";
import { pendingAction } from "../support/sample-rows.ts";

const UNACKED_MAX = 2_000;
const IDS = ["a", "b", "c", "d"];
const laneOf = (id: string) => (id < "c" ? "x" : "y");
const rowOf = (id: string) => pendingAction({ id, agent_id: laneOf(id) });

/** What the dispatcher, the completer and the withdrawals do with one action, and where that leads. */
const steps: Readonly<Record<string, Step>> = {
  announce: [["absent"], "announced", ({ open, id }) => open.announce([id])],
  admit: [["absent", "announced"], "waiting", ({ open, id }) => open.admit(rowOf(id))],
  seek: [["absent", "announced", "stored"], "sought", ({ open, id }) => open.seek(id)],
  find: [["sought"], "held", ({ open, id }) => open.foundRow(rowOf(id))],
  hold: [["waiting"], "held", (desk) => desk.open.move(found(desk), "hold")],
  giveBack: [["held"], "waiting", (desk) => desk.open.move(found(desk), "give_back")],
  take: [["waiting"], "handling", (desk) => desk.open.move(found(desk), "take")],
  affect: [["handling"], "storing", (desk) => desk.open.affect(found(desk))],
  end: [["held", "handling", "storing"], "ending", (desk) => desk.open.move(found(desk), "end")],
  postpone: [
    ["handling", "storing"],
    "postponing",
    (desk) => desk.open.move(found(desk), "postpone"),
  ],
  journal: [
    ["absent", "handling", "storing", "ending"],
    "journaled",
    ({ open, id }) => void open.journal(id),
  ],
  store: [
    ["sought", "ending", "postponing", "journaled"],
    "stored",
    ({ open, id, poll }) => void open.store(id, poll),
  ],
  forget: [["announced", "sought", "held", "stored"], "absent", ({ open, id }) => open.forget(id)],
};

type Step = readonly [from: readonly ActionState[], to: ActionState, act: (desk: Desk) => void];

interface Desk {
  readonly open: OpenActions;
  readonly id: string;
  readonly poll: number;
}

function found({ open, id }: Desk) {
  const action = open.find(id);
  if (action === undefined) throw new TroupeError("INTERNAL", `there is no row of ${id}`);
  return action;
}

/** The same by a map of words and one of poll numbers. */
class Model {
  readonly states = new Map<string, ActionState>();
  readonly unacked = new Set<string>();
  readonly storedIn = new Map<string, number>();

  go(name: string, id: string, poll: number): boolean {
    const [from = [], to = "absent"] = steps[name] ?? [];
    const before = this.states.get(id) ?? "absent";
    if (!from.includes(before)) return false;
    if (to === "absent") this.states.delete(id);
    else this.states.set(id, to);
    if (to === "storing") this.unacked.add(id);
    if (to === "stored") {
      // The journal keeps an action that counts, until it says otherwise.
      if (before === "ending" || before === "postponing") this.unacked.delete(id);
      this.storedIn.set(id, poll);
    }
    return true;
  }

  forgetStoredBefore(poll: number): void {
    for (const [id, state] of this.states) {
      if (state === "stored" && (this.storedIn.get(id) ?? 0) < poll) this.states.delete(id);
    }
  }

  in(...states: readonly ActionState[]): readonly string[] {
    return IDS.filter((id) => states.includes(this.states.get(id) ?? "absent"));
  }
}

function compare(open: OpenActions, model: Model): void {
  const noRow = model.in("absent", "announced", "sought", "journaled", "stored");
  expect(open.size).toBe(IDS.length - noRow.length);
  expect(open.known).toBe(IDS.length - model.in("absent", "announced").length);
  for (const id of IDS) {
    const state = model.states.get(id) ?? "absent";
    expect(open.has(id)).toBe(state !== "absent" && state !== "announced");
    expect(open.isAnnounced(id)).toBe(state === "announced");
    expect(open.isJournaled(id)).toBe(state === "journaled");
    expect(open.find(id)?.state).toBe(noRow.includes(id) ? undefined : state);
    expect(open.find(id)?.lane).toBe(noRow.includes(id) ? undefined : laneOf(id));
  }
  for (const lane of ["x", "y"]) {
    const unacked = new Set([...open.unackedOf(lane)].map(({ row }) => row.id));
    expect(unacked).toEqual(new Set([...model.unacked].filter((id) => laneOf(id) === lane)));
  }
}

/** Makes one move in both; one that is not in the table must be refused. */
function play(desk: Desk, model: Model, name: string): void {
  const { open, id, poll } = desk;
  if (name === "poll") {
    open.forgetStoredBefore(poll);
    model.forgetStoredBefore(poll);
  } else if (name === "remove") {
    open.removeUnacked(laneOf(id), id);
    model.unacked.delete(id);
  } else {
    const act = () => steps[name]?.[2](desk);
    // The announcement of a known id changes nothing.
    if (model.go(name, id, poll) || name === "announce") act();
    else expect(act).toThrow(expect.objectContaining({ code: "INTERNAL" }));
  }
}

describe("open actions", () => {
  const names = [...Object.keys(steps), "poll", "remove"];
  // Long ones: most of their moves cannot happen where they come.
  const walk = fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...IDS)), {
    minLength: 300,
    maxLength: 600,
    size: "max",
  });

  test("are counted and found as in a simple model, and change only as in the table", () => {
    fc.assert(
      fc.property(walk, (moves) => {
        const open = new OpenActions();
        const model = new Model();
        let poll = 1;
        for (const [name, id] of moves) {
          if (name === "poll") poll += 1;
          play({ open, id, poll }, model, name);
          compare(open, model);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("are all gone once the running ones have ended and two polls have read the table", () => {
    fc.assert(
      fc.property(walk, (moves) => {
        const open = new OpenActions();
        const model = new Model();
        const go = (name: string, id: string) => {
          if (name === "remove") open.removeUnacked(laneOf(id), id);
          else if (model.go(name, id, 1)) steps[name]?.[2]({ open, id, poll: 1 });
        };
        for (const [name, id] of moves) go(name, id);
        for (const name of ["find", "giveBack", "take", "end", "store", "remove"]) {
          for (const id of IDS) go(name, id);
        }
        for (const id of model.in("announced")) go("forget", id);
        open.forgetStoredBefore(2);
        expect([open.size, open.known, ...IDS.map((id) => open.has(id))]).toEqual([
          0,
          0,
          ...IDS.map(() => false),
        ]);
        expect([...open.unackedOf("x"), ...open.unackedOf("y")]).toEqual([]);
      }),
    );
  });

  test("know an action until a poll that started after its ack has ended", () => {
    const open = new OpenActions();
    open.move(open.move(open.admit(rowOf("a")), "take"), "end");
    open.forgetStoredBefore(1_000);
    expect(open.has("a")).toBe(true);
    open.store("a", 7); // poll 7 may have read the row before the ack was stored
    open.forgetStoredBefore(7);
    expect(open.has("a")).toBe(true);
    open.forgetStoredBefore(8);
    expect(open.has("a")).toBe(false);
  });

  test("forget announced ids if there are too many of them, and nothing else", () => {
    const open = new OpenActions();
    open.admit(rowOf("a"));
    open.announce(Array.from({ length: 100_001 }, (_, n) => `id${n}`));
    expect(open.isAnnounced("id0")).toBe(true);
    open.announce(["one more"]);
    expect([open.isAnnounced("id0"), open.isAnnounced("one more")]).toEqual([false, true]);
    expect([open.size, open.known]).toEqual([1, 1]);
  });

  test("are idle once no handler runs and no effect is being stored", async () => {
    const open = new OpenActions();
    await open.idle();
    const [a, b] = [open.admit(rowOf("a")), open.admit(rowOf("b"))];
    open.move(a, "take");
    open.affect(open.move(b, "take"));
    let isIdle = false;
    const idle = open.idle().then(() => {
      isIdle = true;
    });
    open.move(a, "end");
    await new Promise(setImmediate);
    expect(isIdle).toBe(false);
    open.move(b, "postpone");
    await idle;
  });

  test("report to waiters how an action was stored, or that it will not be", async () => {
    const open = new OpenActions();
    const [a, b] = [open.admit(rowOf("a")), open.admit(rowOf("b"))];
    const [stored, lost] = [open.whenStored(a), open.whenStored(b)];
    expect(open.whenStored(a)).toBe(stored);
    open.move(open.move(a, "take"), "end");
    const ack = { id: "a", outcome: "done", error: null, attempts: 0, processed_at: 1 } as const;
    open.store("a", 1)?.stored?.resolve(ack);
    open.giveUp(new TroupeError("STORE_UNAVAILABLE", "the end"));
    expect(await stored).toBe(ack);
    await expect(lost).rejects.toThrow("the end");
  });
});

describe("a lane", () => {
  let open = new OpenActions();
  beforeEach(() => {
    open = new OpenActions();
  });
  const affected = (id: string) => {
    const action = open.admit(pendingAction({ id, agent_id: "agent1" }));
    open.affect(open.move(action, "take"));
    return action;
  };
  /** True while the lane has no room. */
  async function isFull(): Promise<boolean> {
    let hasRoom = false;
    void open.room("agent1").then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    return !hasRoom;
  }

  test("has room until too many of its actions wait for their ack, and again after one", async () => {
    for (let n = 1; n < UNACKED_MAX; n += 1) affected(`a${n}`);
    expect(await isFull()).toBe(false);
    const last = affected("last");
    expect(await isFull()).toBe(true);
    await open.room("agent2");
    const room = open.room("agent1");
    open.move(last, "end");
    expect(await isFull()).toBe(true);
    open.store("last", 1);
    await room;
    affected("one more");
    expect(await isFull()).toBe(true);
  });
});
