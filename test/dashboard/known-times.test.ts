import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isKnown,
  knownSince,
  unknownPart,
  unknownParts,
  withTime,
} from "../../src/dashboard/state/known-times.ts";

const times = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 })).map(([a, b]) => ({
    since: Math.min(a, b),
    until: Math.max(a, b),
  })),
  { maxLength: 12 },
);

test("known times are exactly those that were added, sorted and joined", () => {
  fc.assert(
    fc.property(times, (added) => {
      const known = added.reduce(withTime, [] as ReturnType<typeof withTime>);
      for (let at = 0.5; at < 50; at += 1) {
        const isIn = (list: typeof known) =>
          list.some(({ since, until }) => since < at && at < until);
        expect(isIn(known)).toBe(isIn(added));
      }
      for (const [n, { since }] of known.entries()) {
        if (n > 0) expect(since).toBeGreaterThan(known[n - 1]?.until ?? 0);
      }
    }),
  );
});

test("the unknown part of a time reaches from its first unknown moment to its last one", () => {
  const known = [
    { since: 0, until: 10 },
    { since: 20, until: 30 },
    { since: 40, until: 50 },
  ];
  expect(unknownPart(known, { since: 5, until: 45 })).toEqual({ since: 10, until: 40 });
  expect(unknownPart(known, { since: 22, until: 28 })).toBeUndefined();
  expect(unknownPart(known, { since: 12, until: 18 })).toEqual({ since: 12, until: 18 });
  expect(unknownPart([], { since: 1, until: 2 })).toEqual({ since: 1, until: 2 });
  expect(isKnown(known, { since: 20, until: 30 })).toBe(true);
  expect(isKnown(known, { since: 25, until: 41 })).toBe(false);
  expect(knownSince(known, 25)).toEqual([
    { since: 25, until: 30 },
    { since: 40, until: 50 },
  ]);
});

test("the unknown parts of a time are all that was not added", () => {
  expect(unknownParts([], { since: 1, until: 2 })).toEqual([{ since: 1, until: 2 }]);
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 49 }), (added, since) => {
      const time = { since, until: 50 };
      const known = added.reduce(withTime, [] as ReturnType<typeof withTime>);
      const unknown = unknownParts(known, time);
      for (const part of unknown) expect(part.since).toBeLessThan(part.until);
      for (let at = since + 0.5; at < 50; at += 1) {
        const isIn = (list: typeof known) => list.some((one) => one.since < at && at < one.until);
        expect(isIn(unknown)).toBe(!isIn(known));
      }
    }),
  );
});
