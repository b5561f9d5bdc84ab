/** Follows the log lines of one agent: those that the server keeps, then each as it comes. */

import { signal } from "@preact/signals";
import type { InsideAnswers, LogLine } from "../../model/agent-inside.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { listen } from "../page-store.ts";
import { mergeLines } from "../state/log-lines.ts";
import type { AgentWatch } from "./agent-sync.ts";
import { errorDataOf, getJson } from "./api.ts";

/** Milliseconds that lines gather before the page shows them: an agent may write many at once. */
const GATHER_MS = 100;

export class LogFollower implements Disposable {
  readonly lines = signal<readonly LogLine[]>([]);
  readonly hasRead = signal(false);
  readonly error = signal<ErrorData | null>(null);
  readonly #id: string;
  readonly #ended = new AbortController();
  readonly #events: Disposable;
  readonly #breaks: Disposable;
  #gathered: LogLine[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param watch follows the events of the agent's log */
  constructor(id: string, watch: AgentWatch) {
    this.#id = id;
    this.#events = listen(({ event }) => {
      if (event.agent_id === id && event.type === "agent.log") this.#add(event.data);
    });
    this.#breaks = watch.onBreak(() => void this.#read());
    void this.#read();
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    clearTimeout(this.#timer);
    this.#events[Symbol.dispose]();
    this.#breaks[Symbol.dispose]();
  }

  #add(line: LogLine): void {
    this.#gathered.push(line);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.lines.value = mergeLines(this.lines.value, this.#gathered);
      this.#gathered = [];
    }, GATHER_MS);
  }

  async #read(): Promise<void> {
    try {
      const path = `/api/agents/${encodeURIComponent(this.#id)}/logs`;
      const { items } = await getJson<InsideAnswers["logs"]>(path, this.#ended.signal);
      this.lines.value = mergeLines(this.lines.value, items);
      this.error.value = null;
      this.hasRead.value = true;
    } catch (error) {
      if (!this.#ended.signal.aborted) this.error.value = errorDataOf(error);
    }
  }
}
