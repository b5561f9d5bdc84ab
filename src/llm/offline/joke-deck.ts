/**
 * The offline model's jokes on one subject as a deck in a fixed order. The recent jokes decide the next
 * one, so that none repeats before the deck is through, even after a restart. Pure.
 */

import { jokeTemplates, TWISTS_PER_TEMPLATE } from "./joke-material.ts";

/** Jokes on one subject before the first repeats. */
export const DECK_SIZE = jokeTemplates.length * TWISTS_PER_TEMPLATE;

/** Longest subject in a joke, in characters; a longer one is cut. */
const SUBJECT_CHARACTERS_MAX = 80;
/** A subject of more words than this is quoted, because it reads like a sentence. */
const PLAIN_WORDS_MAX = 6;

/**
 * The next joke on a subject.
 * @param recent earlier jokes in any order; the one after their run is next
 * @param start the position if none of them is known: any whole number from 0
 */
export function nextJoke(subject: string, recent: readonly string[], start: number): string {
  const name = subjectInWords(subject);
  const deck = deckFor(name);
  const used = recent.map((joke) => deck.positionOf(joke)).filter((at) => at >= 0);
  const isUsed = new Set(used);
  const end = used.findLast((at) => !isUsed.has((at + 1) % DECK_SIZE));
  return deck.joke(end === undefined ? start % DECK_SIZE : (end + 1) % DECK_SIZE);
}

/** The subject for the middle of a sentence: one line, never empty, not too long. */
export function subjectInWords(subject: string): string {
  const line = subject
    .slice(0, 4 * SUBJECT_CHARACTERS_MAX)
    .toWellFormed()
    .normalize()
    // Not the joiner U+200D: emoji are made with it.
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, (sign) => (sign === "\u200d" ? sign : " "))
    .replace(/\s+/gu, " ")
    .replace(/^[\s"'“”‘’]+|[\s"'“”‘’.,;:!?…]+$/gu, "");
  if (line === "") return "nothing in particular";
  const characters = [...line];
  const isLong = characters.length > SUBJECT_CHARACTERS_MAX;
  const short = isLong ? `${characters.slice(0, SUBJECT_CHARACTERS_MAX).join("").trim()}…` : line;
  const isSentence = isLong || /[.!?;:]\s/u.test(line) || line.split(" ").length > PLAIN_WORDS_MAX;
  return isSentence ? `“${short}”` : short;
}

interface Deck {
  joke(position: number): string;
  /** -1 for a text that is not a joke of this deck. */
  positionOf(joke: string): number;
}

/**
 * Each round goes once through all templates, so two jokes of one template are far apart; which
 * template comes when, and which twist first, depends on the subject.
 */
function deckFor(name: string): Deck {
  const count = jokeTemplates.length;
  const hash = hashOf(name);
  const fill = (text: string) => text.replaceAll("{}", () => name);
  // Any step without a common divisor with the count reaches all templates.
  const steps = coprimes(count);
  const step = steps[(hash >>> 8) % steps.length] ?? 1;
  const first = (hash >>> 16) % count;
  const order = Array.from({ length: count }, (_, index) => (first + index * step) % count);
  const shiftOf = (template: number) => (hash + template) % TWISTS_PER_TEMPLATE;
  const setups = jokeTemplates.map(({ setup }) => fill(setup));

  return {
    joke(position) {
      const template = order[position % count] ?? 0;
      const round = Math.floor(position / count);
      const twist = (round + shiftOf(template)) % TWISTS_PER_TEMPLATE;
      return `${setups[template]} ${fill(jokeTemplates[template]?.twists[twist] ?? "")}`;
    },
    positionOf(joke) {
      const template = setups.findIndex((setup) => joke.startsWith(`${setup} `));
      if (template < 0) return -1;
      const ending = joke.slice((setups[template]?.length ?? 0) + 1);
      const twist =
        jokeTemplates[template]?.twists.findIndex((text) => fill(text) === ending) ?? -1;
      if (twist < 0) return -1;
      const round = (twist - shiftOf(template) + TWISTS_PER_TEMPLATE) % TWISTS_PER_TEMPLATE;
      return round * count + order.indexOf(template);
    },
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

function coprimes(count: number): readonly number[] {
  const numbers = Array.from({ length: count - 1 }, (_, index) => index + 1);
  return numbers.filter((number) => greatestDivisor(number, count) === 1);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
