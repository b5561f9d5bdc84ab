/**
 * The mailbox: guidance that waits in the thread for the next step boundary, in order of arrival.
 * Bounded; each action's guidance is accepted once, however often it is delivered.
 */

import type { Guidance } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import { GUIDANCE_ENTRIES_MAX } from "../model/limits.ts";

/** Actions remembered after their guidance was used, so that a late second delivery is recognised. */
const USED_REMEMBERED_MAX = 4 * GUIDANCE_ENTRIES_MAX;

export class Mailbox {
  #waiting: readonly Guidance[] = [];
  /** Ids of the actions whose guidance waits or was used recently, oldest first. */
  readonly #known = new Set<string>();
  /** True from an arrival until the next {@link take}: guidance put back is not a reason to hurry. */
  #hasNews = false;

  get hasNews(): boolean {
    return this.#hasNews;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Accepts guidance and returns whether it is new; a second delivery changes nothing.
   * @throws {TroupeError} `GUIDANCE_LIMIT` when the mailbox is full.
   */
  offer(guidance: Guidance): boolean {
    if (this.#known.has(guidance.action_id)) return false;
    if (this.#waiting.length >= GUIDANCE_ENTRIES_MAX) {
      throw new TroupeError(
        "GUIDANCE_LIMIT",
        `at most ${GUIDANCE_ENTRIES_MAX} pieces of guidance may wait for an agent; ${guidance.action_id} is one too many`,
      );
    }
    this.#remember(guidance.action_id);
    this.#waiting = [...this.#waiting, guidance];
    this.#hasNews = true;
    return true;
  }

  /** Guidance of the agent's row, which may have more than the limit after a crash. */
  fill(guidance: readonly Guidance[]): void {
    for (const { action_id } of guidance) this.#remember(action_id);
    this.#waiting = [...this.#waiting, ...guidance];
    this.#hasNews ||= guidance.length > 0;
  }

  /** Empties the mailbox. */
  take(): readonly Guidance[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#hasNews = false;
    return taken;
  }

  /** Puts back guidance that was taken and not used, in front of newer guidance. */
  putBack(guidance: readonly Guidance[]): void {
    this.#waiting = [...guidance, ...this.#waiting];
  }

  #remember(actionId: string): void {
    this.#known.add(actionId);
    if (this.#known.size <= USED_REMEMBERED_MAX) return;
    const [oldest] = this.#known;
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
