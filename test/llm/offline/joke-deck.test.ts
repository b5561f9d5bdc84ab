import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECK_SIZE, nextJoke, subjectInWords } from "../../../src/llm/offline/joke-deck.ts";
import { jokeTemplates, TWISTS_PER_TEMPLATE } from "../../../src/llm/offline/joke-material.ts";

const subjects = [
  "cats",
  "tax law",
  "a broken printer",
  "日本語",
  "running late",
  "{}",
  "$&",
  "👩‍👩‍👧",
];

/** Tells jokes as an agent does that hands over its last ones, oldest first. */
function tell(subject: string, count: number, told: string[] = []): string[] {
  for (let n = 0; n < count; n++) told.push(nextJoke(subject, told.slice(-20), n * 7));
  return told;
}

describe("joke deck", () => {
  it("has as many twists for each setup as it counts on, and no text twice", () => {
    const texts = jokeTemplates.flatMap(({ setup, twists }) => [setup, ...twists]);
    expect(new Set(texts).size).toBe(jokeTemplates.length * (1 + TWISTS_PER_TEMPLATE));
    expect(jokeTemplates.every(({ twists }) => twists.length === TWISTS_PER_TEMPLATE)).toBe(true);
    expect(jokeTemplates.every(({ setup }) => setup.includes("{}"))).toBe(true);
  });

  it.each(subjects)("does not repeat itself in a hundred jokes about %s", (subject) => {
    const told = tell(subject, 100);
    expect(new Set(told).size).toBe(100);
    expect(told.every((joke) => joke.includes(subjectInWords(subject)))).toBe(true);
  });

  it("goes through the whole deck before a joke comes again", () => {
    expect(new Set(tell("cats", DECK_SIZE)).size).toBe(DECK_SIZE);
  });

  it("goes on after a restart where the recent jokes end, newest first or oldest first", () => {
    const before = tell("cats", 30);
    const recent = before.slice(-20);
    const next = nextJoke("cats", recent, 0);
    expect(before).not.toContain(next);
    expect(nextJoke("cats", recent.toReversed(), 99)).toBe(next);
  });

  it("ignores recent jokes about something else", () => {
    expect(nextJoke("dogs", tell("cats", 20), 5)).toBe(nextJoke("dogs", [], 5));
  });

  it("begins two subjects differently", () => {
    const firsts = subjects.map((subject) => nextJoke(subject, [], 0).replace(subject, ""));
    expect(new Set(firsts).size).toBeGreaterThan(1);
  });

  it("does not use one setup twice in a row", () => {
    const setups = tell("cats", DECK_SIZE).map((joke) => joke.slice(0, 24));
    expect(setups.every((setup, index) => index === 0 || setup !== setups[index - 1])).toBe(true);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    " ",
    "\n\n",
    "{}",
    "$1",
    "</subject>",
    "'; --",
    "\u202eevil",
    "x".repeat(5_000),
  ),
);

describe("subject in words", () => {
  it("is one short, well formed line whatever it is made from", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const words = subjectInWords(text);
        expect(words).not.toBe("");
        expect(words).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]|\s\s|^\s|\s$/u);
        expect(words.isWellFormed()).toBe(true);
        expect([...words].length).toBeLessThanOrEqual(83);
      }),
    );
  });

  it("makes a joke that does not repeat for any subject and any start", () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (subject, start) => {
        const first = nextJoke(subject, [], start);
        const second = nextJoke(subject, [first], start);
        expect(second).not.toBe(first);
        expect(second).toContain(subjectInWords(subject));
      }),
    );
  });

  it.each([
    ["cats", "cats"],
    ["  “Cats”!  ", "Cats"],
    ["", "nothing in particular"],
    ["What is love? Tell me", "“What is love? Tell me”"],
    ["one two three four five six seven", "“one two three four five six seven”"],
  ])("of %j is %j", (subject, words) => {
    expect(subjectInWords(subject)).toBe(words);
  });
});
