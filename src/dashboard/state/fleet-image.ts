/** All agents, as far as the page knows: read once, then kept up by events in any order and number. */

import type { AgentStatus } from "../../model/agent.ts";
import type { ListedAgent } from "../../model/agent-view.ts";
import type { TroupeEvent } from "../../model/event.ts";
import type { Glance } from "../../model/glance.ts";
import {
  type AgentEntry,
  newEntry,
  readEntry,
  withFigures,
  withGuidance,
  withRow,
  withStep,
  withView,
} from "./agent-entry.ts";

export class Fleet {
  readonly #agents = new Map<string, AgentEntry>();

  get size(): number {
    return this.#agents.size;
  }

  find(id: string): AgentEntry | undefined {
    return this.#agents.get(id);
  }

  entries(): readonly AgentEntry[] {
    return [...this.#agents.values()];
  }

  /** Takes in what was read at `now`. What events told meanwhile stays where it is newer. */
  read(views: readonly ListedAgent[], now: number): void {
    for (const view of views) {
      const known = this.#agents.get(view.agent_id);
      const entry = known === undefined ? readEntry(view, now) : withView(known, view, now);
      this.#agents.set(view.agent_id, entry);
    }
  }

  /** Takes in the steps and figures that were read at `now`. */
  glance({ steps, live }: Glance, now: number): void {
    for (const { id, ...step } of steps) {
      const known = this.#agents.get(id);
      if (known !== undefined) this.#agents.set(id, withStep(known, step));
    }
    if (live === null) return;
    for (const [id, entry] of this.#agents) {
      const figures = live[id] ?? null;
      if (figures === null && entry.live === null) continue;
      this.#agents.set(id, withFigures(entry, figures, now));
    }
  }

  /**
   * Takes in an event. False where it told nothing new: an event that came twice, or an older one
   * than what was read.
   */
  apply(event: TroupeEvent): boolean {
    const before = this.#agents.get(event.agent_id ?? "");
    const after = reduce(before, event);
    if (after === undefined || after === before) return false;
    this.#agents.set(after.id, after);
    return true;
  }

  /** Of the fleet before a new reading: rates go on, and nothing else does. */
  inherit(before: Fleet): void {
    for (const entry of this.#agents.values()) {
      const known = before.find(entry.id);
      if (known === undefined) continue;
      // Where steps were missed, when they ended is not known: counting begins again.
      if (known.iteration < entry.iteration) continue;
      this.#agents.set(entry.id, { ...entry, rate: known.rate });
    }
  }

  /** How many agents are in each status; statuses that nobody is in are left out. */
  countByStatus(): ReadonlyMap<AgentStatus, number> {
    const counts = new Map<AgentStatus, number>();
    for (const { status } of this.#agents.values())
      counts.set(status, (counts.get(status) ?? 0) + 1);
    return counts;
  }

  /** Names of the types that there are agents of. */
  types(): readonly string[] {
    return [...new Set([...this.#agents.values()].map(({ type }) => type))].toSorted(
      (one, other) => (one < other ? -1 : 1),
    );
  }
}

function reduce(before: AgentEntry | undefined, event: TroupeEvent): AgentEntry | undefined {
  if (event.type === "agent.status") {
    const entry = before ?? newEntry(event.data, event.time);
    return withLife(withRow(entry, event.data));
  }
  if (before === undefined) return undefined;
  switch (event.type) {
    case "agent.guidance":
      return withGuidance(before, event.data);
    case "agent.unresponsive":
      return { ...before, unresponsiveSince: event.data.since };
    default:
      return before;
  }
}

/** An agent that has ended has no thread, and no figures of one. */
function withLife(entry: AgentEntry): AgentEntry {
  const hasThread = !["stopped", "error", "restarting"].includes(entry.status);
  if (hasThread || entry.live === null) return entry;
  return { ...entry, live: null, cpuShare: null, unresponsiveSince: null };
}
