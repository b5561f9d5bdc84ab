/** Load for a program that will lose its power: callers who post actions and keep the answers. */

import { setTimeout as delay } from "node:timers/promises";
import { toRow } from "../../src/queue/enqueue.ts";
import { openStore } from "../../src/store/store.ts";
import type { AnsweredActions, Verb } from "./answered-actions.ts";
import { chanceOf } from "./chance.ts";

/** Agents that are never destroyed, and agents that are destroyed and created again. */
export const LASTING = Array.from({ length: 8 }, (_, n) => `lasting${n}`);
export const MORTALS = Array.from({ length: 3 }, (_, n) => `mortal${n}`);

const INTERVAL_MS = 50;
/** Milliseconds between two requests of one caller, at most. */
const PAUSE_MS_MAX = 25;
/** Chance that a caller waits for the end of its action, and for how many seconds at most. */
const WAITS = 0.2;
const WAIT_SECONDS = 10;
const BULK = 20;
/** Milliseconds between two rows of another program, at most. */
const FOREIGN_PAUSE_MS_MAX = 100;

export class PowerCutLoad {
  readonly #api: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #answered: AnsweredActions;
  #n: number;
  #isOver = false;
  #calls: readonly Promise<void>[] = [];
  /** The other program. */
  #foreign: Promise<void> = Promise.resolve();
  #isForeignOver = false;

  /** @param address with the token, as the program prints it */
  constructor(address: string, answered: AnsweredActions) {
    const { origin, searchParams } = new URL(address);
    this.#api = `${origin}/api`;
    const authorization = `Bearer ${searchParams.get("token")}`;
    this.#headers = { authorization, "content-type": "application/json" };
    this.#answered = answered;
    // Of every number that was sent before, most were answered; the others are not used again either.
    this.#n = Math.max(0, ...[...answered.byId.values()].map(({ n }) => n)) + 10_000;
  }

  /** Everybody runs, with the agents made first. @param location of the database */
  async begin(seed: number, location: string): Promise<void> {
    await Promise.all(LASTING.map((agentId) => this.request(agentId, "create", true)));
    await Promise.all(LASTING.map((agentId) => this.request(agentId, "resume", true)));
    const callers = [
      ...LASTING.map((agentId, n) => this.#steer(agentId, lastingVerb, seed + n)),
      ...MORTALS.map((agentId, n) => this.#steer(agentId, mortalVerb, seed + 100 + n)),
      this.#steerMany(seed + 200),
    ];
    this.#calls = callers;
    this.#foreign = this.#appendRows(location, seed + 300);
  }

  /** Resolves once the other program writes nothing more. */
  async endForeign(): Promise<void> {
    this.#isForeignOver = true;
    await this.#foreign;
  }

  /** No more requests; resolves once the last ones have ended, answered or not. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#calls);
  }

  async request(agentId: string, verb: Verb, isAwaited: boolean): Promise<void> {
    const n = this.#nextNumber();
    const [path, body] = this.#requestOf(agentId, verb, n);
    await this.#answered.request(agentId, verb, async () => {
      const answer = await this.#post(path, body, isAwaited);
      if (answer === undefined) return undefined;
      const { action_id, id = action_id, outcome = null } = answer;
      return { id: String(id), verb, agentId, n, outcome: outcome as string | null };
    });
  }

  #requestOf(agentId: string, verb: Verb, n: number): readonly [string, object] {
    const config = { interval_ms: INTERVAL_MS };
    if (verb === "create") return ["/agents", { agent_id: agentId, agent_type: "ledger", config }];
    return [`/agents/${agentId}/${verb}`, verb === "interrupt" ? { guidance: { n } } : {}];
  }

  async #steer(agentId: string, choose: (drawn: number) => Verb, seed: number): Promise<void> {
    const chance = chanceOf(seed);
    while (!this.#isOver) {
      await this.request(agentId, choose(chance()), chance() < WAITS);
      await delay(chance() * PAUSE_MS_MAX);
    }
  }

  /** Interrupts for many agents in one request. */
  async #steerMany(seed: number): Promise<void> {
    const chance = chanceOf(seed);
    while (!this.#isOver) {
      const sent = Array.from({ length: BULK }, () => {
        const agentId = LASTING[Math.floor(chance() * LASTING.length)] ?? "";
        return { agentId, n: this.#nextNumber() };
      });
      const actions = sent.map(({ agentId, n }) => ({
        action: "agent_interrupt",
        payload: { agent_id: agentId, guidance: { n } },
      }));
      const ids = (await this.#post("/actions", actions, false))?.["action_ids"] as
        | readonly string[]
        | undefined;
      for (const [place, id] of (ids ?? []).entries()) {
        const { agentId = "", n = 0 } = sent[place] ?? {};
        this.#answered.byId.set(id, { id, verb: "interrupt", agentId, n, outcome: null });
      }
      await delay(chance() * PAUSE_MS_MAX * 4);
    }
  }

  /** Interrupts that another program appends to the table. */
  async #appendRows(location: string, seed: number): Promise<void> {
    const chance = chanceOf(seed);
    await using store = await openStore({ location });
    while (!this.#isForeignOver) {
      const agentId = LASTING[Math.floor(chance() * LASTING.length)] ?? "";
      const n = this.#nextNumber();
      const payload = { agent_id: agentId, guidance: { n } };
      const given = {
        action: "agent_interrupt",
        agent_id: agentId,
        actor: "foreign",
        payload,
      } as const;
      const row = toRow(given, Date.now());
      const { id } = row;
      // Before the append: it may be carried out although the append fails.
      const sent = { id, verb: "interrupt", agentId, n, outcome: null, isLosable: true } as const;
      this.#answered.byId.set(id, sent);
      await store.queue.append([row]).catch(() => undefined);
      await delay(chance() * FOREIGN_PAUSE_MS_MAX);
    }
  }

  /** The body of a 2xx answer; undefined if there was none. */
  async #post(
    path: string,
    body: unknown,
    isAwaited: boolean,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const prefer = isAwaited ? { prefer: `wait=${WAIT_SECONDS}` } : {};
    try {
      const answer = await fetch(this.#api + path, {
        method: "POST",
        headers: { ...this.#headers, ...prefer },
        body: JSON.stringify(body),
      });
      const found = (await answer.json()) as Readonly<Record<string, unknown>>;
      return answer.ok ? found : undefined;
    } catch {
      // The power was cut.
      return undefined;
    }
  }

  #nextNumber(): number {
    this.#n += 1;
    return this.#n;
  }
}

function lastingVerb(drawn: number): Verb {
  if (drawn < 0.05) return "pause";
  return drawn < 0.15 ? "resume" : "interrupt";
}

function mortalVerb(drawn: number): Verb {
  if (drawn < 0.3) return "create";
  if (drawn < 0.4) return "destroy";
  return lastingVerb(drawn - 0.4);
}
