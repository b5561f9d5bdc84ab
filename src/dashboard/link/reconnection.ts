/**
 * Opens a connection for events again, after growing waits. Neither a socket nor an event source reports
 * why it was refused; a request does.
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
    this.#timer = setTimeout(() => void this.#try(), this.#waitMs);
    this.#waitMs = Math.min(this.#waitMs * 2, WAIT_MS_MAX);
  }

  /** The connection is open: the next wait is short again. */
  succeed(): void {
    this.#waitMs = WAIT_MS_MIN;
  }

  /** It is opened by something else, or never again. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  async #try(): Promise<void> {
    let isServed = false;
    try {
      await getJson("/api/agents?limit=1");
      isServed = true;
    } catch (error) {
      const isRefused = error instanceof RequestError && [401, 403].includes(error.status);
      if (isRefused) this.#listener.onRefused();
    }
    this.#listener.onDue(isServed);
  }
}
