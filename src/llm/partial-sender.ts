/** Sends the answer so far as it grows, not more often than its pace, and the newest always. */

export interface PartialSenderOptions {
  /** Least milliseconds between two; those that come faster are skipped. */
  readonly intervalMs: number;
  readonly send: (value: unknown) => void;
}

export class PartialSender {
  readonly #options: PartialSenderOptions;
  /** Runs while a partial was sent less than the interval ago. */
  #timer: NodeJS.Timeout | undefined;
  /** Reads the newest partial that was not sent yet. */
  #pending: (() => unknown) | undefined;
  #lastSent: unknown;
  #hasEnded = false;

  constructor(options: PartialSenderOptions) {
    this.#options = options;
  }

  /** Sends the answer so far, now or soon. `read` is called only if it is sent; it may throw. */
  offer(read: () => unknown): void {
    if (this.#hasEnded) return;
    this.#pending = read;
    if (this.#timer === undefined) this.#sendPending();
  }

  /** Nothing is sent any more. */
  end(): void {
    this.#hasEnded = true;
    this.#pending = undefined;
    clearTimeout(this.#timer);
  }

  #sendPending(): void {
    this.#timer = undefined;
    const read = this.#pending;
    if (read === undefined) return;
    this.#pending = undefined;
    const { intervalMs, send } = this.#options;
    this.#timer = setTimeout(() => this.#sendPending(), intervalMs);
    const value = tryRead(read);
    if (value === undefined || value === this.#lastSent) return;
    this.#lastSent = value;
    send(value);
  }
}

/** The beginning of an answer need not be readable as what the function returns. */
function tryRead(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
