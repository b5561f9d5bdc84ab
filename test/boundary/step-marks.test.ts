import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ActorControl, MainControl } from "../../src/boundary/control-block.ts";
import {
  type MarkPlace,
  readStepMarks,
  StepMark,
  StepMarks,
} from "../../src/boundary/step-marks.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

async function withFile(look: (fd: number) => void): Promise<void> {
  await using folder = await makeTempFolder();
  const fd = openSync(join(folder.path, "marks"), "wx+");
  try {
    look(fd);
  } finally {
    closeSync(fd);
  }
}

function take(marks: StepMarks, id: string): MarkPlace {
  const place = marks.take(id);
  if (place === undefined) throw new Error(`no record for ${id}`);
  return place;
}

test("a record shows where its agent's own code is, through all phases", async () => {
  await withFile((fd) => {
    const marks = new StepMarks(fd);
    const long = "x".repeat(128);
    const place = take(marks, "a");
    take(marks, long);
    expect(readStepMarks(fd)).toEqual({ inStep: [], starting: ["a", long] });
    const control = new ActorControl(new MainControl().buffer, new StepMark(place));
    const phases = ["step", "sleeping", "step", "paused", "ending", "ended"] as const;
    const seen = phases.map((phase) => {
      control.setPhase(phase);
      return readStepMarks(fd).inStep.join();
    });
    expect(seen).toEqual(["a", "", "a", "", "a", ""]);
    expect(readStepMarks(fd)).toEqual({ inStep: [], starting: [long] });
  });
});

test("a record is used again once its thread is gone", async () => {
  await withFile((fd) => {
    const marks = new StepMarks(fd);
    const place = take(marks, "a-long-name");
    marks.takeBack(place);
    expect(readStepMarks(fd)).toEqual({ inStep: [], starting: [] });
    expect(take(marks, "b")).toEqual(place);
    expect(readStepMarks(fd)).toEqual({ inStep: [], starting: ["b"] });
  });
});

test("a thread that waits for an agent suspects none, and gets its name with the agent", async () => {
  await withFile((fd) => {
    const marks = new StepMarks(fd);
    const place = take(marks, "");
    expect(readStepMarks(fd)).toEqual({ inStep: [], starting: [] });
    marks.rename(place, "a");
    expect(readStepMarks(fd)).toEqual({ inStep: [], starting: ["a"] });
  });
});

test("threads beyond the number of records have none", async () => {
  await withFile((fd) => {
    const marks = new StepMarks(fd);
    for (let n = 0; n < 4_096; n += 1) take(marks, `a${n}`);
    expect(marks.take("one too many")).toBeUndefined();
  });
});

test("text that an agent writes over the file is not reported", async () => {
  await withFile((fd) => {
    writeSync(fd, "\u0002\u001b[2J".padEnd(400, "\u0007"));
    expect(readStepMarks(fd)).toEqual({ inStep: [], starting: [] });
  });
});

test("a mark that cannot be written fails nothing", () => {
  const mark = new StepMark({ fd: 1_000_000, position: 0 });
  expect(() => mark.set("step")).not.toThrow();
});
