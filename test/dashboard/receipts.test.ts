import { describe, expect, test } from "vitest";
import {
  type ActionEnd,
  isReceiptShown,
  Receipts,
  verdictOf,
} from "../../src/dashboard/state/receipts.ts";

const done: ActionEnd = { outcome: "done", agentId: "a", error: null };
const rejected: ActionEnd = {
  outcome: "rejected",
  agentId: "a",
  error: { code: "AGENT_UNKNOWN", message: "there is no agent a" },
};

function verdict(receipts: Receipts): string | undefined {
  const [newest] = receipts.list();
  return newest && verdictOf(newest);
}

describe("receipts", () => {
  test("are confirmed only once the action's end was reported", () => {
    const receipts = new Receipts();
    const key = receipts.open("Pause a", "a", 0);
    expect(verdict(receipts)).toBe("sending");
    receipts.take(key, ["1"], 10);
    expect(verdict(receipts)).toBe("queued");
    expect(receipts.waitingIds()).toEqual(["1"]);
    expect(receipts.settle("1", done, 20)).toBe(true);
    expect(verdict(receipts)).toBe("confirmed");
    expect(receipts.list()[0]?.settledAt).toBe(20);
  });

  test("know an end that was reported before the server's answer", () => {
    const receipts = new Receipts();
    const key = receipts.open("Pause a", "a", 0);
    expect(receipts.settle("1", rejected, 5)).toBe(false);
    receipts.take(key, ["1"], 10);
    expect(verdict(receipts)).toBe("rejected");
    expect(receipts.list()[0]?.errors).toEqual([rejected.error]);
  });

  test("count an end once, however often it is reported", () => {
    const receipts = new Receipts();
    const key = receipts.open("Pause 2 agents", null, 0);
    receipts.take(key, ["1", "2"], 0);
    receipts.settle("1", done, 1);
    expect(receipts.settle("1", done, 2)).toBe(false);
    expect(receipts.list()[0]).toMatchObject({ state: "queued", counts: { done: 1 } });
    receipts.settle("2", rejected, 3);
    expect(verdict(receipts)).toBe("confirmed in part");
  });

  test("know since when one waits for an outcome", () => {
    const receipts = new Receipts();
    expect(receipts.waitingSince()).toBe(Number.POSITIVE_INFINITY);
    for (const [id, askedAt] of [
      ["1", 5],
      ["2", 7],
    ] as const)
      receipts.take(receipts.open("Pause a", "a", askedAt), [id], 9);
    expect(receipts.waitingSince()).toBe(5);
    receipts.settle("1", done, 10);
    expect(receipts.waitingSince()).toBe(7);
  });

  test("do not call refused what was not answered, and stay until they are closed", () => {
    const receipts = new Receipts();
    const key = receipts.open("Pause a", "a", 0);
    receipts.repeat(key);
    expect(receipts.find(key)).toMatchObject({ state: "sending", isRepeated: true });
    receipts.giveUp(key, { code: "SERVER_UNREACHABLE", message: "no answer" }, 1);
    expect(verdict(receipts)).toBe("unanswered");
    const [receipt] = receipts.list();
    expect(receipt && isReceiptShown(receipt, 1_000_000)).toBe(true);
  });

  test("of a request in parts follow what was accepted, and keep what was not", () => {
    const receipts = new Receipts();
    const key = receipts.open("Pause 5 agents", null, 0);
    const error = { code: "QUEUE_FULL", message: "no" };
    const rest = { refused: 2, unanswered: 0, unsent: 1, error };
    receipts.take(key, ["1", "2"], 0, rest);
    expect(receipts.waitingIds()).toEqual(["1", "2"]);
    for (const id of ["1", "2"]) receipts.settle(id, done, 1);
    expect(receipts.find(key)).toMatchObject({ state: "settled", rest, errors: [error] });
    expect(verdict(receipts)).toBe("confirmed in part");
    const [receipt] = receipts.list();
    expect(receipt && isReceiptShown(receipt, 1_000_000)).toBe(true);
  });

  test("show what the server refused", () => {
    const receipts = new Receipts();
    const error = { code: "REQUEST_INVALID", message: "no" };
    receipts.refuse(receipts.open("Create a", "a", 0), error, 1);
    expect(verdict(receipts)).toBe("refused");
  });

  test("are forgotten when dismissed, and when there are too many", () => {
    const receipts = new Receipts();
    const key = receipts.open("Pause a", "a", 0);
    receipts.take(key, ["1"], 0);
    receipts.dismiss(key);
    expect(receipts.waitingIds()).toEqual([]);
    for (let n = 0; n < 200; n += 1) receipts.open(`Pause ${n}`, null, n);
    expect(receipts.list().length).toBeLessThanOrEqual(50);
    expect(receipts.list()[0]?.title).toBe("Pause 199");
  });

  test("of an end that was reported late are shown from then on, with the time that it took", () => {
    const receipts = new Receipts();
    const key = receipts.open("Pause a", "a", 0);
    receipts.take(key, ["1"], 10);
    receipts.settle("1", done, 60_000, 20);
    expect(receipts.find(key)).toMatchObject({ settledAt: 20, reportedAt: 60_000 });
    const isShown = (now: number) => receipts.list().some((each) => isReceiptShown(each, now));
    expect(isShown(60_001)).toBe(true);
    expect(isShown(120_000)).toBe(false);
  });

  test("are shown until they were seen, and can be found after that", () => {
    const receipts = new Receipts();
    receipts.take(receipts.open("Pause a", "a", 0), ["1"], 0);
    receipts.settle("1", done, 0);
    const key = receipts.open("Pause b", "b", 0);
    receipts.take(key, ["2"], 0);
    receipts.settle("2", rejected, 0);
    const shown = () =>
      receipts.list().flatMap((receipt) => (isReceiptShown(receipt, 60_000) ? receipt.title : []));
    expect(shown()).toEqual(["Pause b"]);
    receipts.hide(key);
    expect(shown()).toEqual([]);
    expect(receipts.list().map(({ title }) => title)).toEqual(["Pause b", "Pause a"]);
  });
});
