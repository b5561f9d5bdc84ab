/** The signals that ask a process to stop: the first asks, a later one insists. */

/** Exit codes of a process that such a signal ends at once. */
export const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type EndSignal = keyof typeof SIGNAL_CODES;

/**
 * Milliseconds within which a second signal is the echo of the first: Ctrl-C reaches the whole group
 * of processes, and npm passes it on once more.
 */
const ECHO_MS = 500;

export interface StopSignalOptions {
  /** True if `nohup` started the process, which must outlive the terminal: Node forgets the wish. */
  readonly ignoresHangUp?: boolean;
  /** Called once, with the signal or in words. */
  readonly onAsked: (why: string) => void;
  readonly onInsisted: (signal: EndSignal) => void;
}

export class StopSignal implements Disposable {
  /** Resolves when the process shall stop. */
  readonly asked: Promise<void>;
  readonly #resolve: () => void;
  readonly #options: StopSignalOptions;
  /** When it was asked first, on the monotonic clock. */
  #askedAt: number | undefined;

  constructor(options: StopSignalOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#resolve = resolve;
    this.#options = options;
    for (const signal of Object.keys(SIGNAL_CODES)) process.on(signal, this.#hear);
  }

  /** Asks in another way than by a signal; does nothing where it was asked before. */
  ask(why: string): void {
    if (this.#askedAt !== undefined) return;
    this.#askedAt = performance.now();
    this.#options.onAsked(why);
    this.#resolve();
  }

  [Symbol.dispose](): void {
    for (const signal of Object.keys(SIGNAL_CODES)) process.off(signal, this.#hear);
  }

  readonly #hear = (signal: EndSignal): void => {
    if (signal === "SIGHUP" && this.#options.ignoresHangUp === true) return;
    if (this.#askedAt === undefined) this.ask(signal);
    else if (performance.now() - this.#askedAt > ECHO_MS) this.#options.onInsisted(signal);
  };
}
