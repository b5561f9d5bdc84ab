/** Episodes of overload: agents that do not respond because they get no processor. Pure. */

/** Milliseconds without such an agent after which an episode is over. */
export const CALM_MS = 10_000;

export type OverloadChange = "began" | "ended";

export class Overload {
  #isOverloaded = false;
  #calmMs = 0;

  /**
   * To be called after each look at all pulses; a change is told once.
   * @param starved agents found waiting for a processor
   * @param elapsedMs milliseconds since the look before
   */
  check(starved: number, elapsedMs: number): OverloadChange | undefined {
    this.#calmMs = starved > 0 ? 0 : this.#calmMs + elapsedMs;
    const wasOverloaded = this.#isOverloaded;
    this.#isOverloaded = starved > 0 || (wasOverloaded && this.#calmMs < CALM_MS);
    if (this.#isOverloaded === wasOverloaded) return undefined;
    return this.#isOverloaded ? "began" : "ended";
  }
}
