/**
 * Opens the fleet that a command's flags name, and the notes that commands print about it.
 * All heavy modules are imported late, so that help and usage errors cost nothing.
 */

import type { Fleet } from "../fleet/fleet.ts";
import type { FleetPlace } from "../fleet/fleet-place.ts";
import { defined } from "../model/defined.ts";
import type { TroupeError } from "../model/errors.ts";
import type { SettingSources, Settings } from "../settings/config.ts";
import type { FleetOptions } from "./options.ts";
import { errorLine, note } from "./text/terminal-output.ts";

/**
 * @param createsIfMissing true if a missing database should be created
 * @throws {TroupeError} `SERVER_…`, `TOKEN_REQUIRED`, `DATABASE_…`, `SETTING_…`
 */
export async function openCommandFleet(
  options: FleetOptions,
  createsIfMissing = false,
): Promise<Fleet> {
  const { openFleet } = await import("../fleet/open-fleet.ts");
  return await openFleet(placeOf(options), createsIfMissing);
}

/** A line for each shard that the command could not use: it is printed once, and the command fails. */
const unreached = new Set<string>();

export function hasUnreached(): boolean {
  return unreached.size > 0;
}

function noteUnreached(error: TroupeError): void {
  const line = errorLine(error);
  if (unreached.has(line)) return;
  unreached.add(line);
  note(`${line}; the others' results follow`);
}

export function placeOf({ db, url, token, fleet }: FleetOptions): FleetPlace {
  return {
    ...defined({ url, token }),
    masksSecrets: true,
    readSettings: () => readSettings({ db, fleet }),
    onUnreached: noteUnreached,
    warn: (warning) => note(typeof warning === "string" ? warning : errorLine(warning)),
  };
}

/** Prints a note if no process keeps the rows current. @param more the consequence */
export function noteIfIdle({ sources }: Fleet, more = ""): void {
  const idle = sources.filter(({ kind, pid }) => kind === "tables" && pid === undefined);
  for (const source of idle) {
    if (source.kind === "tables") note(`no supervisor runs on ${source.location} now${more}`);
  }
}

/** Where an action is queued, as text. @param agentId the agent concerned, if it is a single one */
export function destinationOf(fleet: Fleet, agentId?: string): string {
  const source = agentId === undefined ? fleet.source : fleet.sourceOf(agentId);
  const queued = source.pid === undefined ? "queued" : `queued for process ${source.pid}`;
  if (source.kind === "shards") return `${queued} in the shards of ${source.location}`;
  if (source.kind === "server") return `${queued} at ${source.url}`;
  if (source.pid !== undefined) return queued;
  return `written to the queue of ${source.location}; no supervisor runs on it now; the next start carries it out`;
}

/**
 * Reads the settings, and sets the environment that LanceDB reads when it is loaded: every command calls
 * this before it loads the store.
 * @param flags texts of the flags given, by the setting's name in the program
 * @param isLenient false if an invalid setting is an error; else it becomes a warning, because a command
 * that steers may not need it
 */
export async function readSettings(
  flags: NonNullable<SettingSources["flags"]>,
  isLenient = true,
): Promise<Settings> {
  const { loadSettings, plainStorageEnvironment } = await import("../settings/config.ts");
  const { dropUnusable, exemptLoopback, provideEnvironment } = await import(
    "../native-environment.ts"
  );
  const { lanceEnvironment, variableForms } = await import("../store/lance/lance-settings.ts");
  const { findTempFolder } = await import("../files/temp-folder.ts");
  const { localStateFolder } = await import("../store/ownership/location.ts");
  const settings = loadSettings({ flags, isLenient, onWait: noteWait });
  const temp = findTempFolder(localStateFolder(settings.db, settings.local), !isLenient);
  warnOnce(dropUnusable(variableForms));
  const lance = { ...lanceEnvironment(settings.db), ...plainStorageEnvironment(settings) };
  provideEnvironment(lance, temp.env);
  exemptLoopback();
  if (temp.warning !== undefined) warnOnce([temp.warning]);
  if (isLenient) warnOnce(settings.warnings);
  return settings;
}

function noteWait(envFile: string, msMax: number): void {
  const text = `${envFile} is a pipe, and nobody has written to it yet; waiting for ${msMax / 1_000} s at most`;
  note(`troupe: ${text}`);
}

/** Warnings that were printed: commands read the settings more than once. */
const printed = new Set<string>();

function warnOnce(warnings: readonly string[]): void {
  const fresh = warnings.filter((warning) => !printed.has(warning));
  for (const warning of fresh) printed.add(warning);
  if (fresh.length > 0) note(`troupe: warning: ${fresh.join("; ")}`);
}
