import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { TroupeError } from "../../../src/model/errors.ts";
import { StoreHealth } from "../../../src/store/lance/store-health.ts";
import { useFakeClock } from "../../support/fake-clock.ts";

const HOUR_MS = 3_600_000;
const error = new TroupeError("STORE_UNAVAILABLE", "the disk is full");

test("faults lapse after half a minute, and last as long as they did, also if the wall clock is set", async () => {
  using clock = useFakeClock();
  const lines: { readonly lastedMs?: number }[] = [];
  const health = new StoreHealth(
    pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  );
  const begun = Date.now();
  health.failed("queue", error);
  health.unread("agent_state", error);
  expect(health.current).toMatchObject({ isWritable: false, since: begun });
  vi.setSystemTime(begun - HOUR_MS);
  await clock.advance(29_000);
  expect(health.current.isWritable).toBe(false);
  await clock.advance(2_000);
  expect(health.current).toEqual({ isWritable: true, since: null, error: null });
  health.failed("queue", error);
  await clock.advance(1_500);
  vi.setSystemTime(begun - 2 * HOUR_MS);
  health.stored("queue");
  expect(lines.at(-1)?.lastedMs).toBe(1_500);
  vi.setSystemTime(begun + HOUR_MS);
  health.failed("queue", error);
  vi.setSystemTime(begun + 2 * HOUR_MS);
  expect(health.current.isWritable).toBe(false);
});
