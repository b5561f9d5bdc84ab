/** Sends an answer as it grows: at most once an interval, and always the newest. */

export interface PartialSenderOptions {
  /** Least milliseconds between two; faster ones are skipped. */
  readonly intervalMs: number;
  readonly send: (value: unknown) => void;
}

export class PartialSender {
  readonly #options: PartialSenderOptions;
  /** Set if a partial was sent less than the interval ago. */
  #timer: NodeJS.Timeout | undefined;
  /** Reads the newest partial that was not sent yet. */
  #pending: (() => unknown) | undefined;
  #lastSent: unknown;
  #hasSent = false;
  #hasEnded = false;

  constructor(options: PartialSenderOptions) {
    this.#options = options;
  }

  /** True once anything was sent. */
  get hasSent(): boolean {
    return this.#hasSent;
  }

  /** Sends the answer so far, now or soon. `read` is called only for an answer that is sent; may throw. */
  offer(read: () => unknown): void {
    if (this.#hasEnded) return;
    this.#pending = read;
    if (this.#timer === undefined) this.#sendPending();
  }

  /** Sends nothing more. */
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
    this.#hasSent = true;
    send(value);
  }
}

/** The start of an answer may not parse as the function's result. */
function tryRead(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
