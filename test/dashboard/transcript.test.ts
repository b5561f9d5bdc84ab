import { expect, test } from "vitest";
import {
  countNew,
  OLDEST,
  shownFrom,
  type TranscriptEntry,
  transcriptOf,
} from "../../src/dashboard/state/transcript.ts";
import type { ActionView } from "../../src/model/agent-view.ts";
import type { StepRow } from "../../src/model/step.ts";
import { stepRow } from "../support/sample-rows.ts";

const step = (iteration: number, changes: Partial<StepRow> = {}): StepRow =>
  stepRow({
    ...{ step_id: `s${iteration}`, iteration, started_at: iteration * 10 },
    ...{ ended_at: iteration * 10 + 5, subject: "cats", ...changes },
  });

const sent = (id: string, created_at: number, changes: Partial<ActionView> = {}) =>
  ({ id, created_at, actor: "ana", outcome: "done", error: null, ...changes }) as ActionView;

const nothingPending = { pending_guidance: [] };

function keysOf(entries: readonly TranscriptEntry[]): readonly string[] {
  return entries.map(({ key }) => key);
}

test("steps are oldest first, each after the guidance that it used", () => {
  const steps = [step(3), step(2, { guidance_used: ["a", "b"] }), step(1)];
  // Sent after the step had started: the row says who used it, not the time.
  const interrupts = [sent("b", 21), sent("a", 5)];
  const entries = transcriptOf({ steps, interrupts, agent: nothingPending, isWhole: true });
  expect(keysOf(entries)).toEqual(["s1", "a", "b", "s2", "s3"]);
  expect(entries[1]).toMatchObject({ use: { state: "used", step: { iteration: 2 } } });
});

test("guidance that is queued or waits is at the end, refused guidance where it was sent", () => {
  const agent = { pending_guidance: [{ action_id: "waits" }] } as never;
  const interrupts = [
    sent("queued", 3, { outcome: null }),
    sent("waits", 12),
    sent("refused", 15, { outcome: "rejected" }),
  ];
  const entries = transcriptOf({ steps: [step(1), step(2)], interrupts, agent, isWhole: true });
  expect(keysOf(entries)).toEqual(["s1", "refused", "s2", "queued", "waits"]);
});

test("guidance from before the steps that were read is left out until they are", () => {
  const interrupts = [sent("old", 5), sent("used", 6)];
  const steps = [step(8, { guidance_used: ["used"] }), step(9)];
  const parts = { steps, interrupts, agent: nothingPending };
  expect(keysOf(transcriptOf({ ...parts, isWhole: false }))).toEqual(["used", "s8", "s9"]);
  expect(keysOf(transcriptOf({ ...parts, isWhole: true }))).toEqual(["old", "used", "s8", "s9"]);
});

test("a subject is shown where it changes, and a new generation before its first step", () => {
  const steps = [
    step(1),
    step(2, { subject: "dogs" }),
    step(3, { subject: "dogs", generation: 2 }),
  ];
  const entries = transcriptOf({ steps, interrupts: [], agent: nothingPending, isWhole: true });
  expect(keysOf(entries)).toEqual(["s1", "s2", "start 2", "s3"]);
  const subjects = entries.map((entry) => (entry.kind === "step" ? entry.subject : entry.kind));
  expect(subjects).toEqual(["cats", "dogs", "start", null]);
});

test("the newest entries are shown, or all from one on that stays", () => {
  const steps = Array.from({ length: 120 }, (_, at) => step(at + 1));
  const entries = transcriptOf({ steps, interrupts: [], agent: nothingPending, isWhole: true });
  expect(keysOf(shownFrom(entries, null))).toHaveLength(50);
  expect(shownFrom(entries, null).at(-1)?.key).toBe("s120");
  expect(shownFrom(entries, "s20")[0]?.key).toBe("s20");
  expect(shownFrom(entries, OLDEST)).toHaveLength(120);
  expect(shownFrom(entries, "gone")).toHaveLength(50);
});

test("new are entries after those that were seen, not older ones", () => {
  const steps = Array.from({ length: 9 }, (_, at) => step(at + 1));
  const entries = transcriptOf({ steps, interrupts: [], agent: nothingPending, isWhole: true });
  expect(countNew(entries, new Set(["s4", "s5", "s6"]))).toBe(3);
  expect(countNew(entries, new Set())).toBe(0);
});
