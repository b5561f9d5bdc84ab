/** Reads of the library refuse what they would ignore, or hand to the database as it is, on every way. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { FleetWays, wayNames } from "../support/fleet-ways.ts";

let ways: FleetWays;
beforeAll(async () => {
  ways = await FleetWays.start();
});
afterAll(() => ways[Symbol.asyncDispose]());

const given = (value: unknown) => value as never;

type Call = (fleet: Fleet) => unknown;

const wrongOptions: readonly (readonly [string, Call])[] = [
  ["agentPage", (fleet) => fleet.agents(given({ wrong: "x" })).next()],
  ["stepPage", (fleet) => fleet.steps("agent1", given({ wrong: 1 })).next()],
  ["stepSpanPage", (fleet) => fleet.stepSpans(given({ wrong: 1 })).next()],
  ["stepCountPage", (fleet) => fleet.stepCounts(given({ wrong: 1 })).next()],
  ["stepEffectPage", (fleet) => fleet.stepEffectPage("agent1", 1, given({ wrong: 1 }))],
  ["effectPage", (fleet) => fleet.effects(given({ wrong: 1 })).next()],
  ["actionPage", (fleet) => fleet.actions(given({ wrong: 1 })).next()],
  ["usage", (fleet) => fleet.usage(given({ wrong: 1 }))],
  ["events", (fleet) => fleet.events(given({ wrong: 1 })).next()],
];

const wrongValues: readonly (readonly [string, Call, string])[] = [
  [
    "status of agentPage",
    (fleet) => fleet.agentPage(given({ status: "rnning" })),
    'one of "starting", "running", "pausing", "paused", "stopping", "stopped", "restarting", "error", got "rnning"',
  ],
  [
    "type of agentPage",
    (fleet) => fleet.agentPage(given({ type: 5 })),
    "text of at most 2000 characters, got 5",
  ],
  [
    "fields of agentPage",
    (fleet) => fleet.agentPage(given({ fields: "some" })),
    'one of "all", got "some"',
  ],
  [
    "limit of agentPage",
    (fleet) => fleet.agentPage({ limit: 0 }),
    "a whole number from 1 to 1000, got 0",
  ],
  [
    "status of stepPage",
    (fleet) => fleet.stepPage("agent1", given({ status: "failed" })),
    'one of "ok", "error", "aborted", got "failed"',
  ],
  [
    "agentId of stepSpanPage",
    (fleet) => fleet.stepSpanPage({ agentId: "no id" }),
    'text of 1 to 128 characters of A-Z a-z 0-9 . _ : @ - that starts with a letter or digit, got "no id"',
  ],
  [
    "since of stepSpanPage",
    (fleet) => fleet.stepSpanPage({ since: 1.5 }),
    "a whole number from 0 to 8640000000000000, got 1.5",
  ],
  [
    "bucketMs of stepCountPage",
    (fleet) => fleet.stepCountPage(given({ bucketMs: "60000" })),
    'a whole number from 1 to 8640000000000000, got "60000"',
  ],
  [
    "cursor of stepEffectPage",
    (fleet) => fleet.stepEffectPage("agent1", 1, given({ cursor: null })),
    "text, got null",
  ],
  [
    "state of effectPage",
    (fleet) => fleet.effectPage(given({ state: "lost" })),
    'one of "started", "unknown", "failed", "done", got "lost"',
  ],
  [
    "status of actionPage",
    (fleet) => fleet.actionPage(given({ status: "waiting" })),
    'one of "pending", "processed", got "waiting"',
  ],
  [
    "outcome of actionPage",
    (fleet) => fleet.actionPage(given({ outcome: "lost" })),
    'one of "done", "cancelled", "rejected", "dead", got "lost"',
  ],
  [
    "period of usage",
    (fleet) => fleet.usage(given({ period: "week" })),
    'one of "hour", "day", "ever", got "week"',
  ],
  [
    "limit of usage",
    (fleet) => fleet.usage({ limit: -1 }),
    "a whole number from 0 to 1000, got -1",
  ],
];

const wrongIds: readonly (readonly [string, Call])[] = [
  ["actionId", (fleet) => fleet.actionFind(given(undefined))],
  ["actionId", (fleet) => fleet.actionWait(given(undefined), 1)],
  ["actionId", (fleet) => fleet.actionCancel(given(undefined), "test")],
  ["agentId", (fleet) => fleet.agentFind(given(undefined))],
  ["agentId", (fleet) => fleet.stepPage(given(undefined))],
  ["agentId", (fleet) => fleet.stepContext(given(undefined), 1)],
  ["agentId", (fleet) => fleet.stepEffectPage(given(undefined), 1)],
  ["effectId", (fleet) => fleet.effectFind(given(undefined))],
];

describe.each(wayNames)("%s", (way) => {
  test.each(wrongOptions)(
    "%s with an unknown option names those that are known",
    async (read, call) => {
      await expect(call(ways.fleets[way])).rejects.toMatchObject({
        code: "REQUEST_INVALID",
        message: expect.stringMatching(`^${read} has no option "wrong"; known are \\w+`),
      });
    },
  );

  test.each(wrongValues)(
    "%s with a value that it cannot have names those that it can",
    async (option, call, expected) => {
      await expect(call(ways.fleets[way])).rejects.toMatchObject({
        code: "REQUEST_INVALID",
        message: `${option} must be ${expected}`,
      });
    },
  );

  test("events of an agent that can have no such id are refused", async () => {
    await expect(ways.fleets[way].events({ agentIds: ["no id"] }).next()).rejects.toMatchObject({
      code: "AGENT_ID_INVALID",
      message: expect.stringMatching(/^agent id must be text of .*, got "no id"$/),
    });
  });

  test.each(wrongIds)("an %s that is not text is refused", async (name, call) => {
    await expect(call(ways.fleets[way])).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: `${name} must be text, got nothing`,
    });
  });
});

// A shard is found first, by what it has.
describe.each(["server", "tables"] as const)("%s", (way) => {
  test.each([0, 1.5, "1", null])("the iteration %j is refused", async (iteration) => {
    const { fleets } = ways;
    const expected = {
      message: expect.stringMatching(/^iteration must be a whole number above 0/),
    };
    const wrong = given(iteration);
    await expect(fleets[way].stepContext("agent1", wrong)).rejects.toMatchObject(expected);
    await expect(fleets[way].stepEffectPage("agent1", wrong)).rejects.toMatchObject(expected);
  });

  test("options that are not an object are refused", async () => {
    await expect(ways.fleets[way].agentPage(given("running"))).rejects.toMatchObject({
      message: expect.stringMatching(/^agentPage takes an object with status, .* got "running"$/),
    });
  });

  test("an actor that is not text is refused", async () => {
    await expect(ways.fleets[way].actionCancel("action1", given(5))).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: "actor must be text, got 5",
    });
  });
});
