/**
 * The offline model's answer to a conversation: a joke if it is the prompt of `TellJoke`, otherwise an
 * honest sentence about what it is. Pure.
 */

import { nextJoke } from "./joke-deck.ts";

export interface ChatMessage {
  readonly role: string;
  readonly text: string;
}

/** The offline model's name in rows and events. */
export const OFFLINE_MODEL = "offline";

/** Longest part of a question that is quoted back, in characters. */
const QUOTE_CHARACTERS_MAX = 80;

/** @param start see {@link nextJoke}. */
export function offlineAnswer(messages: readonly ChatMessage[], start: number): string {
  // A BAML prompt that names no role is a system message.
  const asked = messages.findLast(({ role }) => role === "user") ?? messages.at(-1);
  const question = asked?.text ?? "";
  const request = parseJokePrompt(question);
  return request === undefined
    ? whatItIs(question)
    : nextJoke(request.subject, request.recent, start);
}

interface JokeRequest {
  readonly subject: string;
  readonly recent: readonly string[];
}

/**
 * The prompt of `TellJoke` in baml_src/functions.baml; the two must agree. Subject and jokes may contain
 * these tags too, so the outermost ones count.
 */
const jokePrompt =
  /^Tell one new joke[^<]*<subject>([\s\S]*)<\/subject>(?:\n[^<]*<told>([\s\S]*)<\/told>)?\s*$/;

function parseJokePrompt(prompt: string): JokeRequest | undefined {
  const [, subject, told = ""] = jokePrompt.exec(prompt) ?? [];
  if (subject === undefined) return undefined;
  const recent = told
    .split("<joke>")
    .slice(1)
    .map((text) => text.split("</joke>", 1)[0] ?? "");
  return { subject, recent };
}

function whatItIs(question: string): string {
  const line = question.replace(/\s+/gu, " ").trim();
  const characters = [...line.slice(0, 4 * QUOTE_CHARACTERS_MAX)];
  const isCut = characters.length > QUOTE_CHARACTERS_MAX;
  const quote = isCut ? `${characters.slice(0, QUOTE_CHARACTERS_MAX).join("")}…` : line;
  return `I am Troupe's offline model, not a language model: I only know some jokes and cannot answer “${quote}”. Set OPENAI_API_KEY, ANTHROPIC_API_KEY, OLLAMA_HOST or TROUPE_LLM_BASE_URL to use a real one.`;
}
