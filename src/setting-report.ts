/** Reports problems of the settings, and names that only resemble settings. */

import leven from "leven";
import { TroupeError } from "./model/errors.ts";
import { settingKinds } from "./settings.ts";

/**
 * Names that Kubernetes or Docker set for a service called *troupe*, or *troupe-something*; some are
 * recognised only by their value.
 */
const PLATFORM_NAME =
  /^TROUPE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$|^TROUPE_ENV_/;
const PLATFORM_VALUE = /^(?:tcp|udp|sctp):\/\//;
/** A name with something in front, as of a second byte order mark or of a batch file's `set`, or in small letters. */
const MISWRITTEN_NAME = /^(?:\W|set\s)*(troupe_\w+)$/i;

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
    const known: readonly string[] = Object.values(settingKinds).map((kind) => kind.name);
    for (const name of Object.keys(env)) {
      if (!name.startsWith("TROUPE_") || known.includes(name)) continue;
      this.attempt(true, () => refuseUnknown(name, nearestTo(name, known), place));
    }
  }

  /** For a file of Troupe's own, in which a name that almost is a setting's can mean nothing else. */
  checkFileNames(env: Readonly<Record<string, string | undefined>>, place: string): void {
    this.checkNames(env, place);
    const known: readonly string[] = Object.values(settingKinds).map((kind) => kind.name);
    for (const name of Object.keys(env).filter((each) => !each.startsWith("TROUPE_"))) {
      const meant = MISWRITTEN_NAME.exec(name)?.[1]?.toUpperCase();
      if (meant === undefined) continue;
      this.attempt(true, () => refuseUnknown(JSON.stringify(name), nearestTo(meant, known), place));
    }
  }
}

function refuseUnknown(name: string, nearest: string, place: string): never {
  const message = `${name} in ${place} is not a setting; the nearest one is ${nearest}`;
  throw new TroupeError("SETTING_UNKNOWN", message, { details: { setting: name, nearest } });
}

function nearestTo(name: string, known: readonly string[]): string {
  const [nearest] = known.toSorted((a, b) => leven(name, a) - leven(name, b));
  return nearest ?? "";
}
