/** To whom growth is put down that nobody's figures show. */

import { expect, test } from "vitest";
import { attribute } from "../../../src/supervisor/guard/memory-account.ts";

function suspects(...cpuMs: readonly number[]) {
  return cpuMs.map((own) => ({ account: { suspectedBytes: 0 }, cpuMs: own }));
}

function suspicions(all: ReturnType<typeof suspects>): readonly number[] {
  return all.map(({ account }) => account.suspectedBytes);
}

test("growth is attributed to the agents that worked, in proportion", () => {
  const all = suspects(30, 0, 10);
  attribute(400, all);
  expect(suspicions(all)).toEqual([300, 0, 100]);
});

test("growth while no agent worked is attributed to none", () => {
  const all = suspects(0, 0);
  attribute(400, all);
  expect(suspicions(all)).toEqual([0, 0]);
});

test("shrinkage is subtracted from all in proportion, and never below zero", () => {
  const all = suspects(30, 10);
  attribute(400, all);
  attribute(-200, all);
  expect(suspicions(all)).toEqual([150, 50]);
  attribute(-1_000, all);
  expect(suspicions(all)).toEqual([0, 0]);
  attribute(-1_000, all);
  expect(suspicions(all)).toEqual([0, 0]);
});
