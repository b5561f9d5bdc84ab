/** Rests and the clock of the machine, which may be set at any time. */

import { expect, test, vi } from "vitest";
import { Residency } from "../../src/supervisor/residency.ts";
import { useFakeClock } from "../support/fake-clock.ts";

const INTERVAL_MS = 10_000;

test("an agent whose interval ends is woken however far the clock was set back meanwhile", async () => {
  using clock = useFakeClock();
  const steppedAt = Date.now();
  const end = vi.fn();
  const rest = {
    status: "running" as const,
    get dueAt() {
      return Math.min(steppedAt, Date.now()) + INTERVAL_MS;
    },
    check: () => undefined,
    isAsked: false,
    idleSince: undefined,
    giveWay: () => undefined,
    end,
  };
  using residency = new Residency({ idleMs: () => 1_000 });
  residency.add({ rest });
  residency.schedule(rest);
  await clock.advance(5_000);
  vi.setSystemTime(steppedAt - 3_600_000);
  await clock.advance(INTERVAL_MS - 1_000);
  expect(end).not.toHaveBeenCalled();
  await clock.advance(2_000);
  expect(end).toHaveBeenCalledOnce();
});
