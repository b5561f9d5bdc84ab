/** `troupe start`: runs the fleet in this process, until a signal ends it. */

import { resolve } from "node:path";
import type { Settings } from "../config.ts";
import type { Troupe } from "../main.ts";
import type { TroupeError } from "../model/errors.ts";
import type { TroupeEvent } from "../model/event.ts";
import type { SettingKey } from "../settings.ts";
import { readSettings } from "./database.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { print } from "./output.ts";
import { plainLine } from "./plain-text.ts";

/** Texts of the flags given, by the setting's name in the program. */
export type StartOptions = { readonly [K in SettingKey]?: string };

type Log = Parameters<typeof import("../main.ts").startTroupe>[1];

/**
 * Ends with exit code 0 after SIGINT or SIGTERM, once every agent has stopped at a step boundary.
 * @throws {TroupeError} as `startTroupe` and `loadSettings`.
 */
export async function start(options: StartOptions): Promise<ExitCode> {
  const settings = await readSettings(options);
  const { createLog } = await import("../log.ts");
  const log = createLog(settings.log);
  using stop = new StopSignal(log);
  const { startTroupe } = await import("../main.ts");
  const troupe = await startTroupe(settings, log);
  tellSteps(troupe, log);
  await announce(troupe, settings);
  const lost = await Promise.race([stop.asked, troupe.lost]);
  if (lost !== undefined) return endAtOnce(lost, log);
  await troupe.close();
  print("Troupe has stopped; what ran goes on at the next start");
  return exitCodes.ok;
}

/** Without closing anything: what this process could still write is another's by now. */
function endAtOnce(reason: TroupeError, log: Log): never {
  log.fatal({ err: reason }, "this process no longer runs the agents of its database; it ends");
  process.exit(exitCodes.failed);
}

/** The three lines of a program that serves. */
async function announce({ model }: Troupe, settings: Settings): Promise<void> {
  const { settingKinds } = await import("../settings.ts");
  const isDefault = settings.db === resolve(settingKinds.db.default);
  const where = isDefault ? "" : ` --db ${shellWord(settings.db)}`;
  const attempt = `npx troupe agent create agent1 --subject cats${where}`;
  print(`Troupe runs in process ${process.pid}, steered through its queue (try: ${attempt})`);
  print(`database  ${settings.db}`);
  print(`model     ${model}`);
}

/** Tells of every step once it is stored, those of agents that came back at once too. */
function tellSteps({ events }: Troupe, log: Log): void {
  const tell = (event: TroupeEvent) => {
    if (event.type !== "agent.step") return;
    const { agent_id, status, result, error, iteration } = event.data;
    if (status === "ok") {
      log.info(`[${agent_id}] ${plainLine(result ?? "")}`);
    } else {
      const why = error === null ? "" : `: ${error.code}: ${plainLine(error.message)}`;
      log.warn(`[${agent_id}] step ${iteration} ended with ${status}${why}`);
    }
  };
  for (const event of events.since(0) ?? []) tell(event);
  events.subscribe(tell);
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
/**
 * Milliseconds within which a second signal is the echo of the first: Ctrl-C reaches the whole group
 * of processes, and npm passes it on once more.
 */
const ECHO_MS = 500;

/** The first signal asks to stop, a later one ends the process at once. */
class StopSignal implements Disposable {
  readonly asked: Promise<void>;
  readonly #ask: () => void;
  readonly #log: Log;
  /** When the first signal came, on the monotonic clock. */
  #askedAt: number | undefined;

  constructor(log: Log) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#ask = resolve;
    this.#log = log;
    for (const signal of Object.keys(SIGNALS)) process.on(signal, this.#hear);
  }

  [Symbol.dispose](): void {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, this.#hear);
  }

  readonly #hear = (signal: keyof typeof SIGNALS): void => {
    if (this.#askedAt === undefined) {
      this.#askedAt = performance.now();
      this.#log.info(`${signal}: agents stop after their step; a second signal exits at once`);
      this.#ask();
    } else if (performance.now() - this.#askedAt > ECHO_MS) {
      process.exit(SIGNALS[signal]);
    }
  };
}

/** Quoted where a shell would not take it as one word. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
