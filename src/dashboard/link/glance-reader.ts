/**
 * Polls what all agents did since the last time, and what their threads use. A tab in the
 * background polls once a minute, and a slow connection is polled less often.
 */

import type { Glance } from "../../model/glance.ts";
import { serverClock } from "../server-time.ts";
import { getJson } from "./api.ts";

const PERIOD_MS = 1_000;
/** With many agents their single steps are not shown. */
const PERIOD_MANY_MS = 2_000;
const MANY_AGENTS = 100;
const HIDDEN_PERIOD_MS = 60_000;
/** Least milliseconds between two readings of figures, which change more slowly. */
const FIGURES_PERIOD_MS = 5_000;
/** Largest share of the time that is spent on reading. */
const READING_PART = 1 / 4;
/**
 * Least milliseconds between two readings of everything if steps are dropped before they are read.
 */
const CUT_PERIOD_MS = 30_000;

export interface GlanceListener {
  readonly countAgents: () => number;
  /** @param since the event that it was requested from; undefined if it was requested without */
  readonly onGlance: (glance: Glance, since: number | undefined) => void;
  /** Steps are missing: everything must be read. */
  readonly onCut: () => void;
  /** There was no answer, or a refusal. */
  readonly onFailed: () => void;
}

export class GlanceReader {
  readonly #listener: GlanceListener;
  /** The next event to read; undefined before {@link begin}. */
  #seq: number | undefined;
  #figuresAt = 0;
  #cutAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  /** Those who want to know each step. */
  #spansWanted = 0;

  constructor(listener: GlanceListener) {
    this.#listener = listener;
  }

  /** Starts to follow the steps; everything before must be read. @throws {RequestError} */
  async begin(): Promise<void> {
    const { seq } = await readGlance("/glance.json");
    this.#seq = seq;
    this.#figuresAt = 0;
    this.#schedule(0);
  }

  followVisibility(): void {
    this.#schedule(document.hidden ? HIDDEN_PERIOD_MS : 0);
  }

  /** Glances have each step until disposed. */
  wantSpans(): Disposable {
    this.#spansWanted += 1;
    this.#schedule(0);
    return {
      [Symbol.dispose]: () => {
        this.#spansWanted -= 1;
      },
    };
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), ms);
  }

  async #read(): Promise<void> {
    if (this.#seq === undefined || this.#isReading) return;
    this.#isReading = true;
    const began = Date.now();
    try {
      await this.#readSince(this.#seq, began);
    } catch {
      this.#listener.onFailed();
    }
    this.#isReading = false;
    const took = Date.now() - began;
    this.#schedule(Math.max(this.#period(), took / READING_PART));
  }

  async #readSince(since: number, began: number): Promise<void> {
    const hasFigures = began - this.#figuresAt >= FIGURES_PERIOD_MS;
    const { hidden: isHidden } = document;
    const query = new URLSearchParams();
    // A tab that is shown again reads everything anyway.
    if (!isHidden) query.set("since", String(since));
    if (hasFigures) query.set("live", "all");
    if (this.#spansWanted > 0 && !isHidden) query.set("spans", "all");
    const glance = await readGlance(`/glance.json?${query}`);
    // It was started again meanwhile.
    if (this.#seq !== since) return;
    this.#seq = glance.seq;
    if (hasFigures) this.#figuresAt = began;
    this.#listener.onGlance(glance, isHidden ? undefined : since);
    if (!glance.is_cut || began - this.#cutAt < CUT_PERIOD_MS) return;
    this.#cutAt = began;
    this.#listener.onCut();
  }

  #period(): number {
    if (document.hidden) return HIDDEN_PERIOD_MS;
    const isMany = this.#listener.countAgents() > MANY_AGENTS && this.#spansWanted === 0;
    return isMany ? PERIOD_MANY_MS : PERIOD_MS;
  }
}

/** Each answer contains the server's time. @throws {RequestError} */
async function readGlance(path: string): Promise<Glance> {
  const askedAt = Date.now();
  const glance = await getJson<Glance>(path);
  serverClock.take(glance.time, askedAt, Date.now());
  return glance;
}
