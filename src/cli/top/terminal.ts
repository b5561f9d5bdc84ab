/**
 * The terminal as `troupe top` uses it: the whole screen, and each key as it is pressed. However the
 * program ends, after a crash too, the terminal is left as it was before. By hand, because the usual
 * packages bring React.
 */

import { writeSync } from "node:fs";
import { emitKeypressEvents, type Interface } from "node:readline";
import type { Size } from "./look.ts";
import type { Key } from "./state.ts";

/** To the alternate screen, cleared, without cursor and wrapping; and back. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
const LEAVE = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

/** Milliseconds after which a process that asked to be stopped, and still runs, was not stopped. */
const STOP_MS = 200;

/** Milliseconds after which a lone escape character is the key Esc. */
const ESCAPE_MS = 50;

export interface TerminalOptions {
  readonly onKey: (key: Key) => void;
  /** The size of the screen has changed, or another program has written on it. */
  readonly onRefresh: () => void;
}

export class Terminal implements Disposable {
  readonly #options: TerminalOptions;
  readonly #input = process.stdin;
  readonly #output = process.stdout;
  /** The lines on the screen; undefined if they are not known. */
  #drawn: readonly string[] | undefined;
  #isEntered = false;
  /** Only while the process is being stopped. */
  #isStopped: NodeJS.Timeout | undefined;

  /** Takes the screen. Both ends must be terminals. */
  constructor(options: TerminalOptions) {
    this.#options = options;
    emitKeypressEvents(this.#input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
    this.#input.on("keypress", this.#takeKey);
    this.#output.on("resize", this.#refresh);
    process.on("SIGTSTP", this.suspend).on("SIGCONT", this.#continue);
    // `exit` is emitted at every end except a kill; an uncaught error is printed before it.
    process.on("exit", this.#leave).on("uncaughtExceptionMonitor", this.#leave);
    this.#enter();
  }

  get size(): Size {
    return { rows: this.#output.rows || 24, columns: this.#output.columns || 80 };
  }

  /** Writes the lines that have changed. */
  draw(lines: readonly string[]): void {
    if (!this.#isEntered) return;
    const changes = lines.flatMap((line, index) =>
      // Cleared first: after a full line, clearing would remove its last character.
      line === this.#drawn?.[index] ? [] : [`\u001b[${index + 1};1H\u001b[2K${line}\u001b[0m`],
    );
    this.#drawn = lines;
    if (changes.length > 0) this.#output.write(changes.join(""));
  }

  /** The next drawing writes every line. */
  forget(): void {
    this.#drawn = undefined;
    if (this.#isEntered) this.#output.write("\u001b[2J");
  }

  /**
   * Stops this process and its children, as Ctrl-Z does, until the shell continues them. If no shell started
   * them, as with `ssh -t` or `docker exec -it`, the kernel does not stop them, because nothing could continue
   * them; then the screen is drawn again.
   */
  readonly suspend = (): void => {
    if (this.#isStopped !== undefined) return;
    this.#leave();
    this.#isStopped = setTimeout(this.#continue, STOP_MS);
    // Without a listener the signal does what it is for.
    process.off("SIGTSTP", this.suspend);
    process.kill(0, "SIGTSTP");
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#isStopped);
    process.off("SIGTSTP", this.suspend).off("SIGCONT", this.#continue);
    process.off("exit", this.#leave).off("uncaughtExceptionMonitor", this.#leave);
    this.#output.off("resize", this.#refresh);
    this.#input.off("keypress", this.#takeKey);
    this.#leave();
    this.#input.pause();
  }

  readonly #takeKey = (text: string | undefined, key: NodeKey): void => {
    const { name, ctrl: isCtrl = false } = key;
    this.#options.onKey({ name, text, isCtrl });
  };

  readonly #refresh = (): void => {
    this.forget();
    this.#options.onRefresh();
  };

  /** After a stop the shell may have written on the screen and changed the terminal's mode. */
  readonly #continue = (): void => {
    clearTimeout(this.#isStopped);
    if (this.#isStopped !== undefined) process.on("SIGTSTP", this.suspend);
    this.#isStopped = undefined;
    this.#leave();
    this.#enter();
    this.#refresh();
  };

  #enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER);
  }

  readonly #leave = (): void => {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#drawn = undefined;
    try {
      this.#input.setRawMode(false);
      // Synchronously: the process exits next, and nothing else would be written.
      writeSync(this.#output.fd, LEAVE);
    } catch {
      // The terminal is gone.
    }
  };
}

interface NodeKey {
  readonly name?: string;
  readonly ctrl?: boolean;
}
