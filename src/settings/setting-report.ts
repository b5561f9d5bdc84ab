/** Reports problems of the settings, and names that only resemble settings. */

import leven from "leven";
import { TroupeError } from "../model/errors.ts";
import type { Dotenv, IdleLine } from "./dotenv.ts";
import { settingKinds } from "./settings.ts";

/**
 * Names that Kubernetes or Docker set for a service called *troupe*, or *troupe-something*; some are
 * recognised only by their value.
 */
const PLATFORM_NAME =
  /^TROUPE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$|^TROUPE_ENV_/;
const PLATFORM_VALUE = /^(?:tcp|udp|sctp):\/\//;
/** In front of a name in a shell, a batch file, PowerShell or a Dockerfile. */
const VERB = "(?:set(?:env|x)?|export|declare|typeset|readonly|local|env|arg)";
/**
 * A name in small letters, or after a second byte order mark, a verb of a shell, or the `$env:` of PowerShell.
 * After a setting's name may be a part of its value that has an `=`. Each text is read in one way only: with
 * two for `-set `, a line of them would take forever.
 */
const MISWRITTEN_NAME = new RegExp(
  String.raw`^((?:[^\w-]|-(?!(?!troupe_)\w+\s)|-(?!troupe_)\w+\s|${VERB}\s|env:)*(troupe_\w+))(.*)$`,
  "is",
);
/** Words with other signs between them, such as `troupe.poll-ms`, perhaps after a verb; read in one way, too. */
const OTHERWISE_JOINED = new RegExp(
  String.raw`^(?:${VERB}\s+(?:-\w+\s+)*)?(troupe(?:[-. _][^\W_]+)+)$`,
  "i",
);
/** A line that seems to set something, such as `TROUPE_PORT: 8080`. */
const UNSET_NAME = new RegExp(
  String.raw`^\s*(?:${VERB}\s+(?:-\w+\s+)*|\$\{?env:)?(troupe_\w+)\s*[\s:}]\s*\S`,
  "i",
);
/** Names of all settings. */
const settingNames: readonly string[] = Object.values(settingKinds).map((kind) => kind.name);
/** Numbers of lines that a warning has. */
const LINES_SHOWN = 10;

/** Problems of the settings: thrown, or collected as warnings by a lenient reading. */
export class SettingReport {
  readonly warnings: string[] = [];
  readonly #isLenient: boolean;

  constructor(isLenient: boolean) {
    this.#isLenient = isLenient;
  }

  /** @param isDispensable false for a setting that even a lenient reading needs */
  attempt<T>(isDispensable: boolean, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!this.#isLenient || !isDispensable || !(error instanceof TroupeError)) throw error;
      this.warnings.push(error.message);
      return undefined;
    }
  }

  /** Leaves out names set by a platform, with one warning for all. */
  withoutPlatform(env: Readonly<Record<string, string | undefined>>) {
    const isPlatforms = ([name, text = ""]: [string, string | undefined]) =>
      PLATFORM_NAME.test(name) ||
      (/^TROUPE_(?:\w+_)?PORT$/.test(name) && PLATFORM_VALUE.test(text)) ||
      (name === "TROUPE_NAME" && text.startsWith("/"));
    const entries = Object.entries(env);
    const names = entries.filter(isPlatforms).map(([name]) => name);
    if (names.length > 0) {
      this.warnings.push(
        `ignored ${names.sort().join(", ")}: set by Kubernetes or Docker for a service of that name, not settings of Troupe`,
      );
    }
    return Object.fromEntries(entries.filter(([name]) => !names.includes(name)));
  }

  checkNames(env: Readonly<Record<string, string | undefined>>, place: string): void {
    for (const name of Object.keys(env)) {
      if (!name.startsWith("TROUPE_") || settingNames.includes(name)) continue;
      // What follows may be a part of the value, and so of a token.
      const [word = name] = /^\w+/.exec(name) ?? [];
      const shown = word === name ? name : JSON.stringify(`${word}…`);
      this.attempt(true, () => refuseUnknown(shown, findNearest(word), place));
    }
  }

  /** For a file of Troupe's own, in which a name that almost is a setting's can mean nothing else. */
  checkFileNames({ values, openQuotes }: Dotenv, place: string): void {
    this.checkNames(values, place);
    for (const name of openQuotes) {
      if (settingNames.includes(name)) this.attempt(true, () => refuseOpenQuote(name, place));
    }
    for (const name of Object.keys(values)) {
      if (name.startsWith("TROUPE_")) continue;
      const joined = joinedName(name);
      if (settingNames.includes(joined)) {
        this.attempt(true, () => refuseUnknown(JSON.stringify(name), joined, place));
        continue;
      }
      const [, written = "", word = "", rest = ""] = MISWRITTEN_NAME.exec(name) ?? [];
      const meant = word.toUpperCase();
      const isWhole = !/\w/.test(rest);
      const isMeant = isWhole ? meant !== "" : settingNames.includes(meant);
      if (!isMeant) continue;
      const shown = JSON.stringify(isWhole ? name : `${written}…`);
      this.attempt(true, () => refuseUnknown(shown, findNearest(meant), place));
    }
  }

  /**
   * A line that gives a setting a value is refused if nothing else sets it. Any other may be meant for another
   * program, such as a shell or Docker, and its text may be a key: one warning has the numbers of all.
   * @param isSet whether the file or the environment sets the name
   */
  checkLines(lines: readonly IdleLine[], place: string, isSet: (name: string) => boolean): void {
    const others = lines.filter(({ number, text }) => {
      const name = UNSET_NAME.exec(text)?.[1];
      const setting = name?.toUpperCase() ?? "";
      if (name === undefined || !settingNames.includes(setting) || isSet(setting)) return true;
      this.attempt(true, () => refuseUnset(name, number, place));
      return false;
    });
    if (others.length === 0) return;
    const numbers = others.map(({ number }) => number);
    const which = numbers.length === 1 ? "line" : "lines";
    const shown = numbers.slice(0, LINES_SHOWN).join(", ");
    const more = numbers.length > LINES_SHOWN ? ", …" : "";
    this.warnings.push(`ignored ${which} ${shown}${more} of ${place}: not NAME=value`);
  }
}

/** `TROUPE_POLL_MS` for `troupe.poll-ms`; empty for a name that does not begin with `troupe`. */
function joinedName(name: string): string {
  const [, word = ""] = OTHERWISE_JOINED.exec(name.trim()) ?? [];
  return word.replaceAll(/[-. ]/g, "_").toUpperCase();
}

/** Without the text, which may be a token. */
function refuseOpenQuote(name: string, place: string): never {
  const message = `${name} in ${place} must be a value whose quotes are closed, got one that is left open`;
  throw new TroupeError("SETTING_INVALID", message, { details: { setting: name } });
}

function refuseUnset(name: string, line: number, place: string): never {
  const message = `line ${line} of ${place} must be ${name.toUpperCase()}=value, got ${name} without an =`;
  throw new TroupeError("SETTING_INVALID", message, { details: { setting: name, line } });
}

function refuseUnknown(name: string, nearest: string | undefined, place: string): never {
  const help =
    nearest === undefined ? "`troupe start --help` lists them" : `the nearest one is ${nearest}`;
  const message = `${name} in ${place} is not a setting; ${help}`;
  const details = { setting: name, ...(nearest !== undefined && { nearest }) };
  throw new TroupeError("SETTING_UNKNOWN", message, { details });
}

/** The setting that is probably meant; undefined if none is near. */
function findNearest(name: string): string | undefined {
  const [nearest = ""] = settingNames.toSorted((a, b) => leven(name, a) - leven(name, b));
  if (isNear(partOf(name), partOf(nearest))) return nearest;
  return settingNames.find((other) => other.startsWith(`${name}_`)); // TROUPE_POLL
}

/** A third of the letters at most are wrong, or they are in another order. */
function isNear(one: string, other: string): boolean {
  const wrongMax = Math.max(1, Math.floor(Math.max(one.length, other.length) / 3));
  const sorted = (text: string) => [...text].toSorted((a, b) => a.localeCompare(b)).join("");
  return leven(one, other) <= wrongMax || sorted(one) === sorted(other);
}

function partOf(name: string): string {
  return name.slice("TROUPE_".length);
}
