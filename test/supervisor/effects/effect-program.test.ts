/**
 * Random programs of effects, failures and deaths against a model in memory. `TEST_RUNS` says how many; a
 * failure prints the program and the seed that makes it again.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { effectScopes, unknownPolicies } from "../../../src/model/effect-states.ts";
import { type OnceOp, type Op, type Program, ProgramRun } from "./effect-program.ts";

const RUNS = Number(process.env["TEST_RUNS"] ?? 300);
const MS_A_RUN = 100;

const once: fc.Arbitrary<OnceOp> = fc.record({
  kind: fc.constant("once" as const),
  key: fc.constantFrom("a", "b"),
  scope: fc.constantFrom(...effectScopes),
  unknown: fc.constantFrom(...unknownPolicies),
});
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: once },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("both" as const), ops: fc.tuple(once, once) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("model" as const),
      question: fc.constantFrom("p", "q"),
    }),
  },
);
const program: fc.Arbitrary<Program> = fc.record({
  steps: fc.array(
    fc.record({ ops: fc.array(op, { maxLength: 4 }), failures: fc.constantFrom(0, 0, 1, 2) }),
    { minLength: 1, maxLength: 3 },
  ),
  ends: fc.array(fc.constantFrom("returns", "throws", "does not know"), { maxLength: 8 }),
  deaths: fc.array(
    fc.record({ after: fc.integer({ min: 1, max: 40 }), of: fc.constantFrom("thread", "process") }),
    { maxLength: 6 },
  ),
  delays: fc.array(fc.constantFrom(0, 0, 1, 3), { minLength: 1, maxLength: 9 }),
  resolutions: fc.array(fc.constantFrom("done", "retry"), { minLength: 1, maxLength: 4 }),
});

test(
  "whatever dies when, no effect is done twice that must not be, and nothing that is known is forgotten",
  async () => {
    let deaths = 0;
    let calls = 0;
    const property = fc.asyncProperty(program, async (given) => {
      const counts = await new ProgramRun(given).run();
      deaths += counts.deaths;
      calls += counts.calls;
    });
    await fc.assert(property, {
      numRuns: RUNS,
      timeout: 10_000,
      interruptAfterTimeLimit: 3_600_000,
    });
    // The programs do something.
    expect(deaths).toBeGreaterThan(RUNS / 2);
    expect(calls).toBeGreaterThan(RUNS);
  },
  30_000 + RUNS * MS_A_RUN,
);
