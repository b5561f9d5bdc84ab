/** The JokeAgent in a real thread, against answers that the test gives. */

import { expect, test } from "vitest";
import { type HarnessOptions, noUsage, reply, startActor } from "../support/actor-harness.ts";

/** Tells `joke 1`, `joke 2` and so on, about a subject. */
function numbered(): NonNullable<HarnessOptions["answer"]> {
  let told = 0;
  return (report) => {
    told += 1;
    const value = `joke ${told} about ${String(report.request.args["subject"])}`;
    reply(report, { kind: "done", value, usage: noUsage });
  };
}

const jokeOf = (subject: string) => ({
  function: "TellJoke",
  args: expect.objectContaining({ subject }),
});

test("JokeAgent tells a joke about its subject, and keeps it as the result", async () => {
  await using actor = await startActor({ answer: numbered(), spec: { subject: "cats" } });
  expect((await actor.next("llm")).request).toMatchObject({
    args: { subject: "cats", recent_jokes: [] },
  });
  expect(await actor.next("step")).toMatchObject({
    status: "ok",
    subject: "cats",
    result: "joke 1 about cats",
  });
});

test("JokeAgent has a subject even if none was given", async () => {
  await using actor = await startActor({ answer: numbered() });
  expect(await actor.next("step")).toMatchObject({
    subject: "programmers",
    currentSubject: "programmers",
    result: "joke 1 about programmers",
  });
});

test("guidance changes the subject with the next step", async () => {
  const spec = { subject: "cats", intervalMs: 3_600_000 };
  await using actor = await startActor({ answer: numbered(), spec });
  await actor.next("step");
  await actor.interrupt({ subject: "  dogs " });
  expect((await actor.next("llm")).request).toMatchObject(jokeOf("dogs"));
  expect(await actor.next("step")).toMatchObject({ subject: "dogs", currentSubject: "dogs" });
});

test.each([{}, { subject: "" }, { subject: "  " }, { subject: 3 }, { text: "hello" }])(
  "guidance without a usable subject changes nothing: %j",
  async (guidance) => {
    const spec = { subject: "cats", intervalMs: 3_600_000 };
    await using actor = await startActor({ answer: numbered(), spec });
    await actor.next("step");
    const id = await actor.interrupt(guidance);
    expect(await actor.next("step")).toMatchObject({ subject: "cats", guidanceUsed: [id] });
  },
);

test("a very long subject is cut", async () => {
  await using actor = await startActor({ answer: numbered(), spec: { intervalMs: 3_600_000 } });
  await actor.next("step");
  await actor.interrupt({ subject: "x".repeat(5_000) });
  expect((await actor.next("step")).currentSubject).toBe("x".repeat(200));
});

test("the model receives the last jokes on the same subject, and no others", async () => {
  const history = [
    { iteration: 1, subject: "dogs", result: "old dogs", at: 1 },
    { iteration: 2, subject: "cats", result: "old cats", at: 2 },
  ];
  const spec = { subject: "cats", iteration: 2, history };
  await using actor = await startActor({ answer: numbered(), spec });
  expect((await actor.next("llm")).request.args["recent_jokes"]).toEqual(["old cats"]);
  expect((await actor.next("llm")).request.args["recent_jokes"]).toEqual([
    "old cats",
    "joke 1 about cats",
  ]);
});
