import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AnswerHeaders } from "../../../src/llm/governor/granted-rates.ts";
import type { QuotaChange } from "../../../src/llm/governor/quota.ts";
import { type FakeClock, useFakeClock } from "../../support/fake-clock.ts";
import {
  fillingBucket,
  fixedWindow,
  type SimulatedAnswer,
  SimulatedFleet,
  type SimulatedOptions,
} from "./simulated-fleet.ts";

const MINUTE = 60_000;
const PER_MINUTE = 300;
const AGENTS = 200;

let clock: FakeClock;
let fleet: SimulatedFleet;

beforeEach(() => {
  clock = useFakeClock();
});

afterEach(() => {
  fleet.governor.close();
  clock[Symbol.dispose]();
});

/** The last `minutes` of a run, in whole minutes of the provider's clock. */
async function run(options: SimulatedOptions, minutes: number) {
  fleet = new SimulatedFleet(options);
  fleet.start();
  const begun = performance.now();
  const from = Math.ceil((begun + MINUTE) / MINUTE) * MINUTE;
  await clock.advance(from - begun + minutes * MINUTE);
  const counts = fleet.answersByAgent(from).toSorted((a, b) => a - b);
  const answered = fleet.count(200, from);
  const refused = fleet.count(429, from);
  return {
    used: answered / (minutes * PER_MINUTE),
    refused: refused / (answered + refused),
    slowest: (counts[0] ?? 0) / (counts[AGENTS / 2] ?? 1),
  };
}

const openAi = (remaining: number, resetMs: number): AnswerHeaders => ({
  "x-ratelimit-limit-requests": String(PER_MINUTE),
  "x-ratelimit-remaining-requests": String(remaining),
  "x-ratelimit-reset-requests": `${Math.round(resetMs)}ms`,
});

describe("300 requests a minute and 200 agents, after the first minute", () => {
  const providers = {
    "a fixed window with Retry-After": { provider: fixedWindow({ perMinute: PER_MINUTE }) },
    "a bucket that fills up, with Retry-After": {
      provider: fillingBucket({ perMinute: PER_MINUTE }),
    },
    "a fixed window with x-ratelimit headers": {
      provider: fixedWindow({ perMinute: PER_MINUTE, headers: openAi }),
    },
    "a bucket with x-ratelimit headers": {
      provider: fillingBucket({ perMinute: PER_MINUTE, headers: openAi }),
    },
    "a rate that is set": {
      provider: fixedWindow({ perMinute: PER_MINUTE, saysWhen: false }),
      model: { rpm: PER_MINUTE },
    },
  };

  test.each(Object.entries(providers))("%s", async (_, options) => {
    const { used, refused, slowest } = await run({ agents: AGENTS, ...options }, 5);
    expect(used).toBeGreaterThanOrEqual(0.95);
    expect(refused).toBeLessThanOrEqual(0.02);
    expect(slowest).toBeGreaterThanOrEqual(1 / 3);
    expect(fleet.failed).toBe(0);
  });

  test("refusals that say nothing", async () => {
    const provider = fixedWindow({ perMinute: PER_MINUTE, saysWhen: false });
    const { used, slowest } = await run({ agents: AGENTS, provider }, 5);
    expect(used).toBeGreaterThanOrEqual(0.9);
    expect(slowest).toBeGreaterThanOrEqual(1 / 3);
  });
});

test("a fleet that starts with a rate that is set never exceeds it", async () => {
  const provider = fixedWindow({ perMinute: 1e9 });
  fleet = new SimulatedFleet({ agents: AGENTS, provider, model: { rpm: PER_MINUTE } });
  fleet.start();
  await clock.advance(30_000);
  const perSecond = new Map<number, number>();
  for (const { at } of fleet.requests) {
    const second = Math.floor(at / 1_000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  }
  expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(PER_MINUTE / 60 + 3);
});

describe("a call that its provider always refuses", () => {
  const large = (retryAfter: AnswerHeaders) => {
    const others = fixedWindow({ perMinute: PER_MINUTE });
    return (now: number, agent: number): SimulatedAnswer =>
      agent === 0 ? { status: 429, headers: retryAfter } : others(now, agent);
  };

  test.each([
    ["without a time", {}],
    ["with a Retry-After", { "retry-after": "2" }],
  ])("does not hold up the others: %s", async (_, headers) => {
    fleet = new SimulatedFleet({ agents: 10, provider: large(headers), restMs: 300_000 });
    fleet.start();
    await clock.advance(2 * MINUTE);
    const [own, ...others] = fleet.answersByAgent(0);
    expect([own, ...others]).toEqual([0, ...others.map(() => 1)]);
    expect(fleet.failed).toBe(0);
  });

  test("fails once others were answered again and again", async () => {
    fleet = new SimulatedFleet({ agents: 10, provider: large({ "retry-after": "2" }) });
    fleet.start();
    await clock.advance(5 * MINUTE);
    const ofIt = fleet.requests.filter(({ agent }) => agent === 0);
    expect(fleet.failed).toBeGreaterThan(0);
    // The last call is not over yet.
    expect(ofIt.length / (fleet.failed + 1)).toBeLessThanOrEqual(12);
  });
});

test("a fleet waits for the end of an outage, and continues within 10 s", async () => {
  const changes: QuotaChange["kind"][] = [];
  let downFrom = Number.POSITIVE_INFINITY;
  let downUntil = Number.POSITIVE_INFINITY;
  fleet = new SimulatedFleet({
    agents: AGENTS,
    provider: (now) =>
      now >= downFrom && now < downUntil ? { status: 503 } : { status: 200, headers: {} },
    onChange: ({ kind }) => changes.push(kind),
  });
  fleet.start();
  await clock.advance(20_000);
  downFrom = performance.now();
  downUntil = downFrom + MINUTE;
  await clock.advance(MINUTE + 10_000);
  // Those that failed before the outage was known.
  expect(fleet.failed).toBeLessThanOrEqual(3);
  const asked = fleet.count(503, downFrom);
  expect(asked).toBeLessThan(120);
  expect(changes).toEqual(["down", "back"]);
  const active = fleet.answersByAgent(downUntil).filter((count) => count > 0);
  expect(active).toHaveLength(AGENTS);
});
