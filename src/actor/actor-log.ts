/** `ctx.log`, and the agent's output: lines for Troupe's log, bounded in number per second and in length. */

import type { AgentLog, LogFields } from "../agents/define-agent.ts";
import type { LogBudget } from "../boundary/log-budget.ts";
import type { LogReport, Report } from "../boundary/protocol.ts";
import { defined } from "../model/defined.ts";
import { jsonText } from "../model/json-bounds.ts";
import { LOG_FIELDS_CHARS_MAX, LOG_MESSAGE_CHARS_MAX } from "../model/limits.ts";
import { steadyNow } from "./clock.ts";

/** Lines of one agent a second; further ones are counted and dropped. */
export const LOG_LINES_PER_SECOND_MAX = 50;

const WINDOW_MS = 1_000;

export class ActorLog implements AgentLog {
  readonly #send: (report: Report) => void;
  /** Undefined if no other agent shares the log. */
  readonly #budget: LogBudget | undefined;
  #windowStart = 0;
  #linesInWindow = 0;
  #dropped = 0;
  /** When dropped lines were reported last, so that a flood in each step is not reported with each. */
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(send: (report: Report) => void, budget?: LogBudget) {
    this.#send = send;
    this.#budget = budget;
  }

  // Bound, because agents may write `const { info } = ctx.log`.
  readonly debug = (message: string, fields?: LogFields) => this.#line("debug", message, fields);
  readonly info = (message: string, fields?: LogFields) => this.#line("info", message, fields);
  readonly warn = (message: string, fields?: LogFields) => this.#line("warn", message, fields);
  readonly error = (message: string, fields?: LogFields) => this.#line("error", message, fields);

  /**
   * Logs how many lines were dropped since the last report, if any; at most once a second.
   * @param isLast true if no later call will follow
   */
  reportDropped(isLast = false): void {
    const now = steadyNow();
    if (this.#dropped === 0 || (!isLast && now - this.#reportedAt < WINDOW_MS)) return;
    const message = `${this.#dropped} log lines dropped, more than ${LOG_LINES_PER_SECOND_MAX} a second, or too many from all agents`;
    this.#dropped = 0;
    this.#reportedAt = now;
    this.#send({ kind: "log", level: "warn", message });
  }

  #line(level: LogReport["level"], message: string, fields: LogFields | undefined): void {
    if (!this.#hasRoom()) {
      this.#dropped += 1;
      return;
    }
    const text = String(message).slice(0, LOG_MESSAGE_CHARS_MAX);
    const plain = fields === undefined ? undefined : toPlain(fields);
    this.#send({ kind: "log", level, message: text, ...defined({ fields: plain }) });
  }

  #hasRoom(): boolean {
    const now = steadyNow();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#linesInWindow = 0;
      this.reportDropped();
    }
    this.#linesInWindow += 1;
    if (this.#linesInWindow > LOG_LINES_PER_SECOND_MAX) return false;
    return this.#budget?.take(this.#linesInWindow) ?? true;
  }
}

/** Fields as JSON data: others could not be posted, and would throw in the agent's own code. */
function toPlain(fields: LogFields): LogFields {
  try {
    const json = jsonText({ ...fields });
    if (json.length <= LOG_FIELDS_CHARS_MAX) return JSON.parse(json);
    return { fields_left_out: `${json.length} characters of JSON` };
  } catch (error) {
    return { fields_left_out: String(error) };
  }
}
