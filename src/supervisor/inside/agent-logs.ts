/**
 * The last log lines of each agent, in memory: the newest of all agents together are kept, in a bounded
 * number and size. Those of agents that have ended stay until the room is needed.
 */

import type { LogReport } from "../../boundary/protocol.ts";
import type { LogLine } from "../../model/agent-inside.ts";
import type { AgentId } from "../../model/ids.ts";
import { LOG_LINES_KEPT_MAX } from "../../model/limits.ts";

/** Characters of one agent's lines, and of all agents' together. */
const AGENT_CHARS_MAX = 256 * 1_024;
const ALL_CHARS_MAX = 32 * 2 ** 20;
/** Cost of a line, and of an agent, in addition to its text, in characters. */
const LINE_WEIGHT = 100;
const AGENT_WEIGHT = 500;

/** With so many the numbers of lines have 15 digits until the year 2093: a query takes no more. */
const NUMBERS_A_MS = 256;

export interface LogLimits {
  readonly linesMax: number;
  readonly agentCharsMax: number;
  readonly allCharsMax: number;
}

interface Ring {
  /** Oldest first. */
  readonly lines: { readonly line: LogLine; readonly weight: number }[];
  weight: number;
  lastN: number;
}

export class AgentLogs {
  readonly #limits: LogLimits;
  readonly #onLine: (agentId: AgentId, line: LogLine) => void;
  /** The agent that logged last comes last. */
  readonly #rings = new Map<AgentId, Ring>();
  #weight = 0;
  /** The greatest number of any line. */
  #lastN = 0;

  constructor(
    onLine: (agentId: AgentId, line: LogLine) => void,
    {
      linesMax = LOG_LINES_KEPT_MAX,
      agentCharsMax = AGENT_CHARS_MAX,
      allCharsMax = ALL_CHARS_MAX,
    }: Partial<LogLimits> = {},
  ) {
    this.#onLine = onLine;
    this.#limits = { linesMax, agentCharsMax, allCharsMax };
  }

  add(agentId: AgentId, generation: number, { level, message, fields }: LogReport): void {
    const ring = this.#rings.get(agentId) ?? this.#newRing();
    this.#rings.delete(agentId);
    this.#rings.set(agentId, ring);
    ring.lastN += 1;
    this.#lastN = Math.max(this.#lastN, ring.lastN);
    const at = Date.now();
    const own = { ...fields };
    const line: LogLine = {
      n: ring.lastN,
      at,
      level,
      message,
      fields: fields === undefined ? null : own,
      generation,
    };
    const fieldsText = fields === undefined ? "" : JSON.stringify(own);
    const weight = LINE_WEIGHT + message.length + fieldsText.length;
    ring.lines.push({ line, weight });
    this.#weigh(ring, weight);
    this.#shorten(ring);
    this.#forgetQuiet(agentId);
    this.#onLine(agentId, line);
  }

  /** The last lines, oldest first. @param after only lines whose number is greater */
  last(agentId: AgentId, limit = LOG_LINES_KEPT_MAX, after = 0): readonly LogLine[] {
    const lines = this.#rings.get(agentId)?.lines.map(({ line }) => line) ?? [];
    return lines.filter(({ n }) => n > after).slice(-limit);
  }

  #newRing(): Ring {
    this.#weight += AGENT_WEIGHT;
    return { lines: [], weight: AGENT_WEIGHT, lastN: this.#newSeed() };
  }

  /**
   * Numbers never start again, neither in the next process nor after a ring was forgotten: a follower asks
   * for the lines after the last one that it has. A process that logs less than one line a microsecond
   * stays below the seed of the next one. If the clock goes back, the order holds within a process only.
   */
  #newSeed(): number {
    return Math.max(this.#lastN, Date.now() * NUMBERS_A_MS);
  }

  #weigh(ring: Ring, by: number): void {
    ring.weight += by;
    this.#weight += by;
  }

  #shorten(ring: Ring): void {
    const { linesMax, agentCharsMax } = this.#limits;
    while (ring.lines.length > linesMax || ring.weight > agentCharsMax) {
      const oldest = ring.lines.shift();
      if (oldest === undefined) return;
      this.#weigh(ring, -oldest.weight);
    }
  }

  /** Forgets the agents whose last line is oldest, except the one that has just logged. */
  #forgetQuiet(latest: AgentId): void {
    for (const [agentId, { weight }] of this.#rings) {
      if (this.#weight <= this.#limits.allCharsMax || agentId === latest) return;
      this.#weight -= weight;
      this.#rings.delete(agentId);
    }
  }
}
