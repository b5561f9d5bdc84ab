import { describe, expect, test } from "vitest";
import { InFlight } from "../../src/queue/in-flight.ts";

describe("in-flight set", () => {
  test("knows an action until a poll that began after its ack has ended", () => {
    const inFlight = new InFlight();
    inFlight.add("a");
    inFlight.settle("a", 7); // poll 7 may have read the row before the ack was stored
    inFlight.forgetSettledBefore(7);
    expect(inFlight.has("a")).toBe(true);
    inFlight.forgetSettledBefore(8);
    expect(inFlight.has("a")).toBe(false);
    expect(inFlight.size).toBe(0);
  });

  test("never forgets what is not acked", () => {
    const inFlight = new InFlight();
    inFlight.add("a");
    inFlight.forgetSettledBefore(1_000);
    expect(inFlight.has("a")).toBe(true);
  });
});
