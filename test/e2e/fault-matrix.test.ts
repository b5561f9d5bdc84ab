import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FateName } from "../support/agents/fates.ts";
import { expectations, FaultMatrix } from "../support/fault-matrix.ts";

const SETUP_TIMEOUT_MS = 60_000;
const fates = Object.keys(expectations) as FateName[];

describe("beside twenty healthy agents, one that", () => {
  let matrix: FaultMatrix;

  beforeAll(async () => {
    matrix = await FaultMatrix.open();
  }, SETUP_TIMEOUT_MS);
  afterAll(() => matrix[Symbol.asyncDispose]());

  test.each(fates)("%s ends as it must, and nobody else notices", async (fate) => {
    const { row, disturbed, isProcessAlive } = await matrix.meet(fate);
    const { isDestroyed, rungs, code } = expectations[fate];
    expect({ isProcessAlive, disturbed }).toEqual({ isProcessAlive: true, disturbed: [] });
    expect(row.status).toBe(isDestroyed ? "stopped" : "error");
    if (rungs !== undefined) expect(rungs).toContain(row.exit_reason?.rung);
    if (code !== undefined) expect(row.last_error?.code).toBe(code);
    expect(JSON.stringify(row)).not.toContain("sk-very-secret");
  });
});
