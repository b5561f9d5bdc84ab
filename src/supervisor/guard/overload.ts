/** Episodes of overload: agents that do not respond because they get no processor. Pure. */

/** Milliseconds without such an agent after which an episode is over. */
export const CALM_MS = 10_000;

export type OverloadChange = "started" | "ended";

export class Overload {
  #isOverloaded = false;
  #calmMs = 0;

  /**
   * Must be called after each check of all agents; returns each change once.
   * @param starved agents that wait for a processor
   * @param elapsedMs milliseconds since the last call
   */
  check(starved: number, elapsedMs: number): OverloadChange | undefined {
    this.#calmMs = starved > 0 ? 0 : this.#calmMs + elapsedMs;
    const wasOverloaded = this.#isOverloaded;
    this.#isOverloaded = starved > 0 || (wasOverloaded && this.#calmMs < CALM_MS);
    if (this.#isOverloaded === wasOverloaded) return undefined;
    return this.#isOverloaded ? "started" : "ended";
  }
}
