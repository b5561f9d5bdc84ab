import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { readProcessState } from "../../src/heart/process-state.ts";
import { type ProcessState, VIGIL_LIMITS, Vigil } from "../../src/heart/vigil.ts";
import { until } from "../support/until.ts";

const { checkMs, missedMax } = VIGIL_LIMITS;
const free: ProcessState = { isHeld: false, waitedMs: 0 };

/** Looks without a sign until the process counts as hung; undefined where it never does. */
function looksUntilHung(vigil: Vigil, sightAt: (look: number) => ProcessState): number | undefined {
  for (let look = 1; look <= 20 * missedMax; look += 1) if (vigil.check(sightAt(look))) return look;
  return undefined;
}

function vigilAfterSign(isInspected = false): Vigil {
  const vigil = new Vigil(VIGIL_LIMITS);
  vigil.sign(isInspected);
  return vigil;
}

test("a process has hung after so many checks without a sign, from its first sign", () => {
  expect(looksUntilHung(new Vigil(VIGIL_LIMITS), () => free)).toBeUndefined();
  const vigil = vigilAfterSign();
  for (let look = 1; look < missedMax; look += 1) expect(vigil.check(free)).toBe(false);
  vigil.sign(false);
  expect(looksUntilHung(vigil, () => free)).toBe(missedMax);
});

test("checks of a process that is stopped or debugged do not count", () => {
  expect(looksUntilHung(vigilAfterSign(), () => ({ ...free, isHeld: true }))).toBeUndefined();
  expect(looksUntilHung(vigilAfterSign(true), () => free)).toBeUndefined();
});

test("the time that a process waits for a processor does not count", () => {
  const waiting = (share: number) => (look: number) => ({
    ...free,
    waitedMs: look * checkMs * share,
  });
  expect(looksUntilHung(vigilAfterSign(), waiting(1))).toBeUndefined();
  expect(looksUntilHung(vigilAfterSign(), waiting(2))).toBeUndefined();
  expect(looksUntilHung(vigilAfterSign(), waiting(0.5))).toBe(2 * missedMax);
});

test.skipIf(process.platform !== "linux")(
  "a stopped process is held until it goes on",
  async () => {
    const child = spawn("sleep", ["600"]);
    const pid = child.pid ?? -1;
    await once(child, "spawn");
    await until(() => !readProcessState(pid).isHeld);
    child.kill("SIGSTOP");
    await until(() => readProcessState(pid).isHeld);
    child.kill("SIGCONT");
    await until(() => !readProcessState(pid).isHeld);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(readProcessState(pid).isHeld).toBe(false);
  },
);
