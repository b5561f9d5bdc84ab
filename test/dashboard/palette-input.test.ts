import { expect, test } from "vitest";
import type { PaletteEntry } from "../../src/dashboard/state/palette-entries.ts";
import { effectOfKey, newInput, replayKeys } from "../../src/dashboard/state/palette-input.ts";

const help: PaletteEntry = {
  title: "Help",
  hint: "",
  command: { kind: "go", place: "queue" },
  text: "help",
};
const create: PaletteEntry = { ...help, title: "Create", text: "create" };
const more: PaletteEntry = { title: "pause …", hint: "", command: null, text: "pause " };

/** Every entry whose text starts with what is typed; an agent only after a verb. */
function offer(text: string): readonly PaletteEntry[] {
  if (text.startsWith("pause ")) return [{ ...help, text }];
  return [help, create, more].filter((entry) => entry.text.startsWith(text));
}

const typed = (text: string) => [...text];

test("keys that were typed ahead do what they would have done in the field", () => {
  expect(replayKeys("", [...typed("hx"), "Backspace", "e"], offer)).toEqual({
    input: { text: "he", chosen: 0 },
    hasEntered: false,
  });
  expect(replayKeys("", ["ArrowDown", "Enter"], offer)).toEqual({
    input: { text: "", chosen: 1 },
    hasEntered: true,
  });
  expect(replayKeys("p", ["Tab", ...typed("all"), "Enter", ...typed("xyz")], offer)).toEqual({
    input: newInput("pause all"),
    hasEntered: true,
  });
  // The first Enter completes, the second one runs.
  expect(replayKeys("", [...typed("pau"), "Enter", "a", "Enter"], offer)).toEqual({
    input: newInput("pause a"),
    hasEntered: true,
  });
  expect(replayKeys("", [...typed("zzz"), "Enter", "a"], offer)).toEqual({
    input: newInput("zzz"),
    hasEntered: true,
  });
  expect(replayKeys("save ", ["F1", "Shift", "é"], offer).input.text).toBe("save é");
});

test("arrows go round, and other keys are the field's", () => {
  const entries = offer("");
  const chosen = (key: string, at: number) => effectOfKey(key, { text: "", chosen: at }, entries);
  expect(chosen("ArrowUp", 0)).toEqual({ kind: "input", input: { text: "", chosen: 2 } });
  expect(chosen("ArrowDown", 2)).toEqual({ kind: "input", input: newInput("") });
  expect(chosen("Enter", 9)).toEqual({ kind: "take", entry: more });
  expect(effectOfKey("Enter", newInput(""), [])).toEqual({ kind: "take", entry: undefined });
  expect(effectOfKey("Tab", newInput(""), [])).toBeUndefined();
  expect(effectOfKey("Home", newInput(""), entries)).toBeUndefined();
});
