/**
 * What each effect did in each life of a program that was killed again and again, read from the books of
 * the service that was called, and what must follow from that in the next life. Pure.
 */

import { callName, type Passing } from "./effect-ledger.ts";

const kinds = ["retry", "skip", "ask"];
/** Those that a kill may meet. */
const places = ["before", "inside", "counted", "answered"];

/** What a program knows of an effect that it began in one of its lives, once that has ended. */
type Knowledge =
  /** It had no time for the function. */
  | "none"
  /** Its state may have been stored, or not. */
  | "perhaps"
  /** Its function was running. */
  | "unknown"
  | "known";

export interface EffectLife {
  readonly life: number;
  readonly places: readonly string[];
  readonly knowledge: Knowledge;
  /** What `ctx.once` returned; undefined if it has not. */
  readonly result: unknown;
}

/** By the effect's name: the lives in which its agent came to it, in their order. */
export type EffectLives = ReadonlyMap<string, readonly EffectLife[]>;

/** @param ends of the lives: how many places had been passed */
export function livesOf(passings: readonly Passing[], ends: readonly number[]): EffectLives {
  const lives = new Map<string, Map<number, Passing[]>>();
  let life = 0;
  for (const [at, passing] of passings.entries()) {
    while (at >= (ends[life] ?? Number.POSITIVE_INFINITY)) life += 1;
    const name = callName(passing);
    const ofEffect = lives.get(name) ?? new Map<number, Passing[]>();
    ofEffect.set(life, [...(ofEffect.get(life) ?? []), passing]);
    lives.set(name, ofEffect);
  }
  return new Map([...lives].map(([name, ofEffect]) => [name, [...ofEffect].map(toLife)]));
}

function toLife([life, passings]: [number, readonly Passing[]]): EffectLife {
  const places = passings.map(({ place }) => place);
  const returned = passings.find(({ place }) => place === "returned");
  return { life, places, knowledge: knowledgeAfter(places), result: returned?.result };
}

function knowledgeAfter(places: readonly string[]): Knowledge {
  if (places.includes("returned")) return "known";
  // The answer is stored at the same moment.
  if (places.includes("answered")) return "perhaps";
  if (places.includes("inside")) return "unknown";
  // That the call begins is stored at the same moment.
  return places.includes("before") ? "perhaps" : "none";
}

/** What is wrong in the lives of one effect. @param held how often its agent was held for it */
export function checkLives(name: string, lives: readonly EffectLife[], held: number): string[] {
  const violations: string[] = [];
  for (const [at, { life, places, knowledge, result }] of lives.entries()) {
    const before = lives.slice(0, at);
    const said = `${name} in life ${life}`;
    const known = before.find((one) => one.knowledge === "known");
    if (known !== undefined && places.includes("inside")) violations.push(`${said}: called again`);
    if (known !== undefined && knowledge === "known" && result !== known.result)
      violations.push(`${said}: ${result} after ${known.result}`);
    if (knowledge === "known" && result !== 7 && !isLeftOut(name, before))
      violations.push(`${said}: has the result ${result}`);
    if (result === 7 && mustBeLeftOut(name, before))
      violations.push(`${said}: has a result that nobody knew`);
  }
  return [...violations, ...checkHolds(name, lives, held)];
}

function isLeftOut(name: string, before: readonly EffectLife[]): boolean {
  return name.endsWith("skip") && before.some(({ knowledge }) => isOpen(knowledge));
}

function mustBeLeftOut(name: string, before: readonly EffectLife[]): boolean {
  return name.endsWith("skip") && before.some(({ knowledge }) => knowledge === "unknown");
}

/** An agent is held for each unknown outcome, and for no other. */
function checkHolds(name: string, lives: readonly EffectLife[], held: number): string[] {
  const isAsked = name.endsWith("ask");
  const count = (holds: (knowledge: Knowledge) => boolean) =>
    isAsked ? lives.filter(({ knowledge }) => holds(knowledge)).length : 0;
  const least = count((knowledge) => knowledge === "unknown");
  const most = count(isOpen);
  if (held >= least && held <= most) return [];
  return [`${name} was held ${held} times, and its outcome was unknown ${least} to ${most} times`];
}

function isOpen(knowledge: Knowledge): boolean {
  return knowledge === "unknown" || knowledge === "perhaps";
}

/** How many effects the ends of the lives met at each place. */
export function countPlaces(lives: EffectLives, ends: number): ReadonlyMap<string, number> {
  const all = kinds.flatMap((kind) =>
    places.map((place): [string, number] => [`${kind} ${place}`, 0]),
  );
  const counts = new Map(all);
  for (const [name, ofEffect] of lives) {
    const kind = name.split(" ").at(-1);
    for (const { life, places } of ofEffect) {
      if (life >= ends || places.includes("returned")) continue;
      const at = `${kind} ${places.at(-1)}`;
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
  }
  return counts;
}
