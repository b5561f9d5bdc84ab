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
  ["agents", (fleet) => fleet.agents(given({ wrong: "x" })).next()],
  ["steps", (fleet) => fleet.steps("agent1", given({ wrong: 1 })).next()],
  ["stepSpans", (fleet) => fleet.stepSpans(given({ wrong: 1 })).next()],
  ["stepCounts", (fleet) => fleet.stepCounts(given({ wrong: 1 })).next()],
  ["stepEffectPage", (fleet) => fleet.stepEffectPage("agent1", 1, given({ wrong: 1 }))],
  ["effects", (fleet) => fleet.effects(given({ wrong: 1 })).next()],
  ["actions", (fleet) => fleet.actions(given({ wrong: 1 })).next()],
  ["usage", (fleet) => fleet.usage(given({ wrong: 1 }))],
  ["events", (fleet) => fleet.events(given({ wrong: 1 })).next()],
  ["watch", (fleet) => fleet.watch(given({ wrong: 1 })).next()],
  ["logs", (fleet) => fleet.inside("agent1", "logs", given({ wrong: 1 }))],
];

/** Each passes for an object without any option, but is none. */
const noOptions: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["5", 5],
  ["[]", []],
  ["{}", new Map([["status", "running"]])],
  [
    "{}",
    new (class {
      get status() {
        return "running";
      }
    })(),
  ],
];

const takers: readonly (readonly [string, (fleet: Fleet, options: never) => unknown])[] = [
  ["agentPage", (fleet, options) => fleet.agentPage(options)],
  ["agents", (fleet, options) => fleet.agents(options).next()],
  ["stepCounts", (fleet, options) => fleet.stepCounts(options).next()],
  ["events", (fleet, options) => fleet.events(options).next()],
  ["watch", (fleet, options) => fleet.watch(options).next()],
  ["mailbox", (fleet, options) => fleet.inside("agent1", "mailbox", options)],
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

const wrongCalls: readonly (readonly [string, Call])[] = [
  ['agents has no option "limit"', (fleet) => fleet.agents(given({ limit: 1 })).next()],
  ["signal of events must be an AbortSignal", (fleet) => fleet.events(given({ signal: 5 })).next()],
  ["signal of watch must be an AbortSignal", (fleet) => fleet.watch(given({ signal: 5 })).next()],
  [
    "onConnection of events must be a function",
    (fleet) => fleet.events(given({ onConnection: 5 })).next(),
  ],
  ['what of inside must be one of "stack"', (fleet) => fleet.inside("agent1", given("steps"))],
  [
    "seconds of cpu-profile must be a number from 0.1 to 60",
    (fleet) => fleet.inside("agent1", "cpu-profile", given({ seconds: "5" })),
  ],
  ["reason must be text of at most 2000", (fleet) => fleet.actionCancel("a", "b", given(null))],
  ["actionId must not have half a surrogate", (fleet) => fleet.actionFind("\ud800")],
  ["actionId must be text of 1 to 128", (fleet) => fleet.actionWait("x".repeat(129), 1)],
  ["agentId must be text of 1 to 128", (fleet) => fleet.agentFind("no id")],
  ["the change of joke must be an object", (fleet) => fleet.typeSet("joke", given(null))],
  [
    "the change of joke: memory_mb must be finite, got NaN",
    (fleet) => fleet.typeSet("joke", { memory_mb: Number.NaN }),
  ],
  [
    "the change of joke: config.seen must be JSON data, got Map",
    (fleet) => fleet.typeSet("joke", { config: { seen: new Map() } }),
  ],
  ["the change of joke: config.a.a", (fleet) => fleet.typeSet("joke", { config: circle() })],
];

function circle(): Readonly<Record<string, unknown>> {
  const object: Record<string, unknown> = {};
  object["a"] = object;
  return object;
}

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

  test.each(takers)("%s takes an object literal of options alone", async (taker, call) => {
    for (const [shown, options] of noOptions) {
      await expect(call(ways.fleets[way], given(options))).rejects.toMatchObject({
        code: "REQUEST_INVALID",
        message: expect.stringMatching(new RegExp(`^${taker} takes an object with .*, got `)),
      });
      await expect(call(ways.fleets[way], given(options))).rejects.toThrow(`got ${shown}`);
    }
  });

  test.each(wrongCalls)("%s", async (message, call) => {
    await expect(call(ways.fleets[way])).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringMatching(`^${RegExp.escape(message)}`),
    });
  });

  test("a date in a type's config is stored as JSON text has it", async () => {
    const fleet = ways.fleets[way];
    const changed = await fleet.typeSet("joke", {
      config: { since: new Date(0), left: undefined },
    });
    expect(changed.configured?.config).toEqual({ since: "1970-01-01T00:00:00.000Z" });
    await fleet.typeSet("joke", { config: null });
  });

  test("an iteration whose signal has fired before has nothing", async () => {
    const signal = AbortSignal.abort();
    for (const iteration of [
      ways.fleets[way].events({ signal }),
      ways.fleets[way].watch({ signal }),
    ]) {
      expect(await iteration.next()).toEqual({ done: true, value: undefined });
    }
  });

  test("events of an agent that can have no such id are refused", async () => {
    await expect(ways.fleets[way].events({ agentIds: ["no id"] }).next()).rejects.toMatchObject({
      code: "AGENT_ID_INVALID",
      message: expect.stringMatching(/^agent id must be text of .*, got "no id"$/),
    });
  });

  test.each(wrongIds)("an %s that is not text is refused", async (name, call) => {
    await expect(call(ways.fleets[way])).rejects.toMatchObject({
      code: "REQUEST_INVALID",
      message: expect.stringMatching(`^${name} must be text of 1 to 128 .*, got nothing$`),
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
      message: "actor must be text of 1 to 256 characters, got 5",
    });
  });
});
