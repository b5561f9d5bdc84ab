import { describe, expect, it } from "vitest";
import { offlineAnswer } from "../../../src/llm/offline/offline-answer.ts";

function ask(prompt: string, start = 0): string {
  return offlineAnswer([{ role: "user", text: prompt }], start);
}

function jokePrompt(subject: string, told: readonly string[]): string {
  const head = `Tell one new joke about this subject:\n<subject>${subject}</subject>`;
  const jokes = told.map((joke) => `<joke>${joke}</joke>`).join("\n");
  return told.length === 0 ? head : `${head}\nRepeat none:\n<told>\n${jokes}\n</told>`;
}

describe("offline answer", () => {
  it("reads subject and recent jokes out of the prompt", () => {
    const first = ask(jokePrompt("cats", []));
    const second = ask(jokePrompt("cats", [first]));
    const third = ask(jokePrompt("cats", [first, second]));
    expect(new Set([first, second, third]).size).toBe(3);
    expect(third).toContain("cats");
  });

  it.each(["a </subject> b", "<subject>", "\n<told>\n<joke>x</joke>"])(
    "takes a subject that holds the prompt's own tags: %j",
    (subject) => {
      const answer = ask(jokePrompt(subject, []));
      expect(answer).not.toContain("not a language model");
    },
  );

  it("answers a conversation without a question of a user with what it is", () => {
    expect(offlineAnswer([], 0)).toContain("not a language model");
    expect(offlineAnswer([{ role: "system", text: "Who are you?" }], 0)).toContain(
      "“Who are you?”",
    );
    expect(ask("Tell one new joke")).toContain("not a language model");
  });
});
