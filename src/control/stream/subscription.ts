/** A selection: which events one client wants, by agent and by type. Immutable and pure. */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import { EVERYTHING } from "../../model/stream.ts";

/** What a client wants of one agent, or of all. */
export interface Wish {
  /** Undefined: all. */
  readonly types: ReadonlySet<EventType> | undefined;
  /** Only events after this one. */
  readonly after: number;
}

type Subject = Pick<TroupeEvent, "type"> & { readonly agent_id?: string };

export class Selection {
  /** By agent id, or {@link EVERYTHING}. */
  readonly #wishes: ReadonlyMap<string, Wish>;

  constructor(wishes: ReadonlyMap<string, Wish> = new Map()) {
    this.#wishes = wishes;
  }

  /** Agent ids and {@link EVERYTHING}, as far as there is a wish. */
  get keys(): readonly string[] {
    return [...this.#wishes.keys()];
  }

  get size(): number {
    return this.#wishes.size;
  }

  /** Selections with the same text select the same events from now on. */
  get text(): string {
    const parts = [...this.#wishes].map(([key, { types }]) =>
      types === undefined ? key : `${key} ${[...types].sort(byText).join(" ")}`,
    );
    return parts.sort(byText).join("\n");
  }

  /** The events before this one are settled: those of older wishes were sent or given up. */
  from(seq: number): Selection {
    const later = ({ types, after }: Wish) => ({ types, after: Math.max(after, seq) });
    return new Selection(new Map([...this.#wishes].map(([key, wish]) => [key, later(wish)])));
  }

  with(keys: readonly string[], wish: Wish): Selection {
    return new Selection(new Map([...this.#wishes, ...keys.map((key) => [key, wish] as const)]));
  }

  without(keys: readonly string[]): Selection {
    const gone = new Set(keys);
    return new Selection(new Map([...this.#wishes].filter(([key]) => !gone.has(key))));
  }

  /** The number after which the first event can be selected; infinite where nothing is. */
  get after(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#wishes.values()].map((w) => w.after));
  }

  /** Whether an event of now is selected. */
  wants(event: Subject): boolean {
    return this.#wants(event, Number.POSITIVE_INFINITY);
  }

  /** Whether an event of some time ago is. */
  wantsPast(event: TroupeEvent): boolean {
    return this.#wants(event, event.seq);
  }

  #wants({ type, agent_id }: Subject, seq: number): boolean {
    if (isMet(this.#wishes.get(EVERYTHING), type, seq)) return true;
    return agent_id !== undefined && isMet(this.#wishes.get(agent_id), type, seq);
  }
}

function isMet(wish: Wish | undefined, type: EventType, seq: number): boolean {
  if (wish === undefined || seq <= wish.after) return false;
  return wish.types === undefined || wish.types.has(type);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
