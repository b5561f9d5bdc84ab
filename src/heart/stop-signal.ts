/** The signals that stop a process: the first asks, a later one insists. */

import { isUnderNohup } from "./launch.ts";

/** Exit codes of a process that such a signal ends immediately. */
export const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type EndSignal = keyof typeof SIGNAL_CODES;

/**
 * Milliseconds within which a second signal is an echo: Ctrl-C reaches the whole process group, npm passes it
 * on again, and the heart reports its own.
 */
const ECHO_MS = 500;

export interface StopSignalOptions {
  /** True if `nohup` started the process, which must outlive the terminal: Node forgets that. */
  readonly ignoresHangUp?: boolean;
  /** Called once, with the signal or the reason. */
  readonly onRequested: (why: string) => void;
  readonly onInsisted: (signal: EndSignal) => void;
}

export class StopSignal implements Disposable {
  /** Resolves when the process must stop. */
  readonly requested: Promise<void>;
  readonly #resolve: () => void;
  readonly #options: StopSignalOptions;
  /** `echoing`: the end was requested, and a signal still counts as the same request. */
  #phase: "running" | "echoing" | "ending" = "running";
  #echo: NodeJS.Timeout | undefined;

  constructor(options: StopSignalOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.requested = promise;
    this.#resolve = resolve;
    this.#options = options;
    for (const signal of Object.keys(SIGNAL_CODES)) {
      process.on(signal, this.#onSignal);
      process.off(signal, exitEarly);
    }
  }

  /** A request without a signal; does nothing after the first request. */
  request(why: string): void {
    if (this.#phase !== "running") return;
    this.#phase = "echoing";
    this.#echo = setTimeout(this.#endEcho, ECHO_MS).unref();
    this.#options.onRequested(why);
    this.#resolve();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#echo);
    for (const signal of Object.keys(SIGNAL_CODES)) process.off(signal, this.#onSignal);
  }

  readonly #onSignal = (signal: EndSignal): void => {
    if (signal === "SIGHUP" && this.#options.ignoresHangUp === true) return;
    if (this.#phase === "running") this.request(signal);
    else if (this.#phase === "ending") this.#options.onInsisted(signal);
  };

  /**
   * Only after the signals that have arrived by now: what an end does first can block the event loop for
   * longer than an echo takes, and then the clock alone would make the echo a second signal.
   */
  readonly #endEcho = (): void => {
    setImmediate(() => {
      this.#phase = "ending";
    }).unref();
  };
}

/**
 * Exits at a signal until the first {@link StopSignal} is made: nothing is under way before. Without it the
 * first process of a container would not notice the signal, and be killed only after the grace.
 */
export function stopEarly(): void {
  for (const signal of Object.keys(SIGNAL_CODES)) process.on(signal, exitEarly);
}

function exitEarly(signal: NodeJS.Signals): void {
  if (signal !== "SIGHUP" || !isUnderNohup()) process.exit(0);
}
