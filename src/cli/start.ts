/** `troupe start`: runs the fleet in this process, until a signal or the heart above it ends it. */

import type { Settings } from "../config.ts";
import { HeartLink, type Orders } from "../heart/heart-link.ts";
import { SIGNAL_CODES, StopSignal } from "../heart/stop-signal.ts";
import type { Troupe } from "../main.ts";
import { TroupeError } from "../model/errors.ts";
import type { TroupeEvent } from "../model/event.ts";
import type { SettingKey } from "../settings.ts";
import { readSettings } from "./database.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { print } from "./output.ts";
import { plainLine } from "./plain-text.ts";

/** Texts of the flags given, by the setting's name in the program. */
type SettingFlags = { readonly [K in SettingKey]?: string };

export interface StartOptions extends SettingFlags {
  /** False where none was wanted; either way it is not for this process to see to. */
  readonly heart?: boolean;
  /** Set by the heart that has started this process. */
  readonly underHeart?: Orders;
}

type Log = Parameters<typeof import("../main.ts").startTroupe>[1];

/**
 * Ends with exit code 0 after SIGINT or SIGTERM, once every agent has stopped at a step boundary.
 * @throws {TroupeError} as `startTroupe` and `loadSettings`.
 */
export async function start({ underHeart, heart: _, ...flags }: StartOptions): Promise<ExitCode> {
  const settings = await readSettings(flags, false);
  const { createLog } = await import("../log.ts");
  const log = createLog(settings.log);
  for (const warning of settings.warnings) log.warn(warning);
  using stop = new StopSignal({
    onAsked: (why) =>
      log.info(`${why}: agents stop after their step; a second signal exits at once`),
    onInsisted: (signal) => process.exit(SIGNAL_CODES[signal]),
  });
  using heart = underHeart && new HeartLink((why) => stop.ask(why));
  const troupe = await bringUp(settings, log, underHeart).catch((error: unknown) => {
    if (error instanceof TroupeError && error.code === "DATABASE_LOCKED") heart?.tell("locked");
    throw error;
  });
  tellSteps(troupe, log);
  heart?.tell("serving");
  announce(troupe, settings);
  const lost = await Promise.race([stop.asked, troupe.lost]);
  if (lost !== undefined) {
    // It would start this process again, and again.
    heart?.tell("locked");
    return endAtOnce(lost, log);
  }
  heart?.tell("ending");
  await troupe.close();
  print("Troupe has stopped; what ran goes on at the next start");
  return exitCodes.ok;
}

/** Without closing anything: what this process could still write is another's by now. */
function endAtOnce(reason: TroupeError, log: Log): never {
  log.fatal({ err: reason }, "this process no longer runs the agents of its database; it ends");
  process.exit(exitCodes.failed);
}

async function bringUp(settings: Settings, log: Log, orders: Orders | undefined): Promise<Troupe> {
  const { startTroupe } = await import("../main.ts");
  return await startTroupe(settings, log, {
    stepMarksFd: orders?.stepMarksFd ?? undefined,
    safeMode: orders?.safeMode ?? undefined,
  });
}

/** The three lines of a program that serves. */
function announce({ model, server }: Troupe, settings: Settings): void {
  print(`Troupe serves at ${server.url}/?token=${server.token}`);
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
