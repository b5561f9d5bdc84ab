/**
 * Finds a field of a definition, or of what a step returns, whose name is almost one that Troupe reads: it would
 * be ignored silently. Loaded by every agent's thread, so it loads no package.
 */

import type { AgentDefinition } from "../agents/define-agent.ts";

const definitionFields = Object.keys({
  type: 0,
  restart: 0,
  restarts_max: 0,
  restarts_window_ms: 0,
  destroy_timeout_ms: 0,
  memory_mb: 0,
  interval_ms: 0,
  step_timeout_ms: 0,
  step_retries: 0,
  model: 0,
  resident: 0,
  config: 0,
  guidance: 0,
  initialContext: 0,
  setup: 0,
  step: 0,
  onInterrupt: 0,
  onStop: 0,
} satisfies Record<keyof AgentDefinition, 0>);

/** Wrong letters with which a long name counts as misspelt. */
const WRONG_MAX = 2;
const LONG_MIN = 9;
/** Fields that are checked. */
const NAMES_MAX = 200;

/**
 * `intervalMs (the field is interval_ms)`; undefined if there is none. Fields of other names are the author's own.
 *
 * @param shortMin letters of a field from which missing, further and swapped ones are found in a shorter name, too;
 * one near a short name can be the author's as well, such as `restarts`
 */
export function findMisspeltField(
  value: object,
  fields: readonly string[] = definitionFields,
  shortMin = LONG_MIN,
): string | undefined {
  const own = namesOf(value).filter((name) => !fields.includes(name));
  for (const name of own) {
    const meant = fields.find((field) => isAlmost(name, field, shortMin) && !(field in value));
    if (meant !== undefined) return `${name} (the field is ${meant})`;
  }
  return undefined;
}

/** Also those of a class that the definition is an instance of. */
function namesOf(definition: object): readonly string[] {
  const names: string[] = [];
  let owner: object | null = definition;
  while (owner !== null && owner !== Object.prototype && names.length < NAMES_MAX) {
    names.push(...Object.getOwnPropertyNames(owner));
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return names.slice(0, NAMES_MAX);
}

function isAlmost(name: string, field: string, shortMin: number): boolean {
  const [one, other] = [lettersOf(name), lettersOf(field)];
  if (one === other) return true;
  if (other.length < shortMin || wrongLetters(one, other) > WRONG_MAX) return false;
  // With one letter exchanged, a short name may mean something else: `content` is not `context`.
  return (
    other.length >= LONG_MIN ||
    one.length !== other.length ||
    [...other].every((letter) => one.includes(letter))
  );
}

/** Letters between the first and the last difference, of the longer name: a missing, wrong or swapped letter. */
function wrongLetters(one: string, other: string): number {
  const short = Math.min(one.length, other.length);
  let start = 0;
  while (start < short && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < short - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return Math.max(one.length, other.length) - start - end;
}

/** `initialContext`, `initial_context` and `InitialContext` have the same. */
function lettersOf(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
