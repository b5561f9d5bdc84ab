/** Reads the context of an agent after one of its steps; what was read once is kept for a while. */

import type { StepContext } from "../../model/agent-view.ts";
import { getJson } from "./api.ts";

/** Contexts kept: each may have a mebibyte of text. */
const KEPT_MAX = 20;

export class ContextReader {
  readonly #path: string;
  /** By iteration; the least recently read first. */
  readonly #kept = new Map<number, StepContext>();

  constructor(agentId: string) {
    this.#path = `/api/agents/${encodeURIComponent(agentId)}/steps`;
  }

  has(iteration: number): boolean {
    return this.#kept.has(iteration);
  }

  /** @throws {RequestError} */
  async read(iteration: number, signal: AbortSignal): Promise<StepContext> {
    const known = this.#kept.get(iteration);
    const path = `${this.#path}/${iteration}/context`;
    const context = known ?? (await getJson<StepContext>(path, signal));
    this.#kept.delete(iteration);
    this.#kept.set(iteration, context);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    return context;
  }
}
