/** What a step says about how far it is: at once, and not more often than ten times a second. */

import { describe, expect, test } from "vitest";
import { StepProgress } from "../../src/actor/step-progress.ts";
import type { ProgressReport } from "../../src/boundary/protocol.ts";
import { until } from "../support/until.ts";

function start() {
  const sent: ProgressReport[] = [];
  const extensions: number[] = [];
  const progress = new StepProgress({
    send: (report) => void sent.push(report),
    extend: (ms) => void extensions.push(ms),
  });
  return { sent, extensions, progress };
}

test("what is said first is sent at once, and of what follows the newest", async () => {
  const { sent, progress } = start();
  progress.begin(4);
  progress.say("page 1");
  expect(sent).toEqual([
    { kind: "progress", iteration: 4, text: "page 1", fraction: null, at: expect.any(Number) },
  ]);
  progress.say("page 2", 0.5);
  progress.say("page 3", 1);
  await until(() => sent.length > 1);
  expect(sent.slice(1)).toMatchObject([{ text: "page 3", fraction: 1 }]);
});

test("a loop that never yields sends no more than ten a second, and the newest when it has ended", async () => {
  const { sent, progress } = start();
  progress.begin(1);
  const begun = performance.now();
  for (let n = 1; n <= 100_000; n++) progress.say(`item ${n}`, n / 100_000);
  const tookMs = performance.now() - begun;
  expect(sent.length).toBeLessThanOrEqual(1 + tookMs / 100);
  await until(() => sent.at(-1)?.fraction === 1);
});

test("nothing is sent outside a step, nor after its end", () => {
  const { sent, progress, extensions } = start();
  progress.say("in setup", 0, { extendMs: 5 });
  progress.begin(1);
  progress.say("in the step");
  progress.say("not sent yet");
  progress.end();
  progress.begin(2);
  expect(sent).toMatchObject([{ text: "in the step" }]);
  expect(extensions).toEqual([]);
});

test("a long text is cut, and half a character is replaced", () => {
  const { sent, progress } = start();
  progress.begin(1);
  progress.say(`\ud83d${"x".repeat(500)}`);
  expect(sent[0]?.text).toBe(`\ufffd${"x".repeat(199)}`);
});

test("each extension is passed on, whether the text is sent or not", () => {
  const { sent, progress, extensions } = start();
  progress.begin(1);
  progress.say("a", undefined, { extendMs: 1_000 });
  progress.say("b", undefined, { extendMs: 2_000 });
  progress.say("c", undefined, {});
  expect(extensions).toEqual([1_000, 2_000]);
  expect(sent).toHaveLength(1);
});

describe("wrong arguments are named", () => {
  const say = (...given: readonly unknown[]) => {
    const { progress } = start();
    progress.say(...(given as Parameters<typeof progress.say>));
  };

  test.for([
    [[], "ctx.progress takes a text, got undefined"],
    [[3], "ctx.progress takes a text, got 3"],
    [[["a"]], "ctx.progress takes a text, got array"],
    [["a", 1.5], "the fraction of ctx.progress is a number from 0 to 1, got 1.5"],
    [["a", Number.NaN], "the fraction of ctx.progress is a number from 0 to 1, got NaN"],
    [["a", "0.5"], "the fraction of ctx.progress is a number from 0 to 1, got string"],
    [["a", 0.5, 100], "the options of ctx.progress are an object, got 100"],
    [["a", 0.5, { extendsMs: 100 }], "ctx.progress has the option extendMs, not extendsMs"],
    [
      ["a", 0.5, { extendMs: -1 }],
      "extendMs of ctx.progress is a number of milliseconds from 0 to 86400000, got -1",
    ],
  ] as const)("%j", ([given, message]) => {
    expect(() => say(...given)).toThrow(new TypeError(message));
  });
});
