/** What an agent prints: lines of its log, bounded in its own thread. */

import { expect, test } from "vitest";
import { LOG_LINES_PER_SECOND_MAX } from "../../src/actor/actor-log.ts";
import { OutputLines } from "../../src/actor/printed-output.ts";
import type { LogReport } from "../../src/boundary/protocol.ts";
import { LOG_MESSAGE_CHARS_MAX } from "../../src/model/limits.ts";
import { startActor } from "../support/actor-harness.ts";

function linesOf(...pieces: readonly string[]): string[] {
  const shown: string[] = [];
  const lines = new OutputLines((line) => shown.push(line), 10);
  for (const piece of pieces) lines.write(piece);
  lines.flush();
  return shown;
}

test("pieces become lines, long lines are cut, empty ones left out", () => {
  expect(linesOf("a", "b\nc\n\n", "d")).toEqual(["ab", "c", "d"]);
  expect(linesOf("0123456", "789abc", "def\nx\n")).toEqual(["0123456789", "x"]);
});

test("whichever way an agent prints, it is a line of its log", async () => {
  const module = `import { debuglog } from "node:util";
  export default { type: "test", step() {
    console.log("one", { two: 2 }); console.error("three"); console.table([{ four: 4 }]);
    process.stdout.write("fi"); process.stdout.write("ve\\n"); process.stderr.write(Buffer.from("six\\n"));
    process._rawDebug("seven %d", 7); process.emitWarning("eight"); console.log("nine\\nten");
    process.stdout.write("no end");
    return { result: "done", done: true };
  } };`;
  await using actor = await startActor({ module });
  await actor.exited;
  const messages = actor.reports.filter(({ kind }) => kind === "log") as LogReport[];
  const shown = messages.map(({ message }) => message).join("\n");
  for (const text of ["one { two: 2 }", "three", "four", "five", "six", "seven 7", "eight"]) {
    expect(shown).toContain(text);
  }
  expect(shown).toContain("nine\nten");
  expect(shown).toContain("no end");
  expect(actor.output).toBe("");
});

test("a flood of any output is dropped in the thread and counted", async () => {
  const module = `export default { type: "test", step() {
    for (let i = 0; i < 20_000; i += 1) console.log("line", i);
    process.stdout.write("x".repeat(20_000_000));
    return { result: "done", done: true };
  } };`;
  await using actor = await startActor({ module });
  await actor.exited;
  const logged = actor.reports.filter(({ kind }) => kind === "log") as LogReport[];
  // As many again where the flood lasts into the next second.
  expect(logged.length).toBeLessThan(20 * LOG_LINES_PER_SECOND_MAX);
  expect(Math.max(...logged.map(({ message }) => message.length))).toBeLessThanOrEqual(
    LOG_MESSAGE_CHARS_MAX,
  );
  // The last line itself, where it is the first of a further second.
  expect(logged.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^\d+ log lines dropped/),
  );
});
