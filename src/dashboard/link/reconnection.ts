/**
 * Opens a connection for events again, after growing waits. Neither a socket nor an event source reports
 * why it was refused; a request does. It is not opened before the server accepts a request.
 */

import { getJson, RequestError } from "./api.ts";

const WAIT_MS_MIN = 500;
const WAIT_MS_MAX = 5_000;

export interface ReconnectionListener {
  /** @param isServed the server has just answered a request */
  readonly onDue: (isServed: boolean) => void;
  readonly onRefused: () => void;
}

export class Reconnection {
  readonly #listener: ReconnectionListener;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitMs = WAIT_MS_MIN;

  constructor(listener: ReconnectionListener) {
    this.#listener = listener;
  }

  /** The connection is lost: it is due after the wait. */
  plan(): void {
    clearTimeout(this.#timer);
    const timer = setTimeout(() => void this.#try(timer), this.#waitMs);
    this.#timer = timer;
    this.#waitMs = Math.min(this.#waitMs * 2, WAIT_MS_MAX);
  }

  /** The connection is open: the next wait is short again. */
  succeed(): void {
    this.#waitMs = WAIT_MS_MIN;
  }

  /** It is opened by something else, or never again. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #try(timer: ReturnType<typeof setTimeout>): Promise<void> {
    const state = await askServer();
    if (this.#timer !== timer) return; // cancelled, or planned again, while the request was under way
    if (state !== "refused") return this.#listener.onDue(state === "served");
    this.#listener.onRefused();
    // Somebody may sign in again in another tab.
    this.plan();
  }
}

async function askServer(): Promise<"served" | "refused" | "away"> {
  try {
    await getJson("/api/agents?limit=1");
    return "served";
  } catch (error) {
    const isRefused = error instanceof RequestError && [401, 403].includes(error.status);
    return isRefused ? "refused" : "away";
  }
}
