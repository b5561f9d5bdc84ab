/** What a start needs of its system: checked before it uses that, and named. */

import { TroupeError } from "./model/errors.ts";

/** The working directory. @throws {TroupeError} `SYSTEM_UNUSABLE` if it was removed. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const message = "the working directory was removed; change to one that is there";
    throw new TroupeError("SYSTEM_UNUSABLE", message, { cause });
  }
}

/** Files that a process without agents and clients has open, twice. */
const DESCRIPTORS_MIN = 128;

/**
 * @param descriptorsMax files that this process may have open
 * @throws {TroupeError} `SYSTEM_UNUSABLE`: with too few LanceDB ends the process, or reads fail one by one.
 */
export function requireDescriptors(descriptorsMax: number): void {
  if (descriptorsMax >= DESCRIPTORS_MIN) return;
  const message = `this process may open ${descriptorsMax} files; a start needs ${DESCRIPTORS_MIN}: raise \`ulimit -n\``;
  throw new TroupeError("SYSTEM_UNUSABLE", message, { details: { descriptorsMax } });
}

/** Addresses that V8 and LanceDB reserve for a process without agents, 6 GiB, and room for some. */
const ADDRESSES_MIN = 12 * 2 ** 30;

/**
 * @param addressMax bytes of addresses that this process may reserve
 * @throws {TroupeError} `SYSTEM_UNUSABLE`: with too few V8 ends the process, or LanceDB waits forever.
 */
export function requireAddresses(addressMax: number): void {
  if (addressMax >= ADDRESSES_MIN) return;
  const [got, needed] = [addressMax, ADDRESSES_MIN].map((bytes) => Math.floor(bytes / 1_024));
  const message = `this process may reserve ${got} KiB of addresses; a start needs ${needed}, and each agent 1 GiB: \`ulimit -v unlimited\`, and limit its memory with a control group`;
  throw new TroupeError("SYSTEM_UNUSABLE", message, { details: { addressMax } });
}

/** @throws {TroupeError} `SYSTEM_UNUSABLE`: without `/proc` no limit on memory could be kept. */
export function requireMemoryFigures(read: () => number = process.memoryUsage.rss): void {
  try {
    read();
  } catch (cause) {
    const message = "the memory of this process cannot be read; /proc must be mounted";
    throw new TroupeError("SYSTEM_UNUSABLE", message, { cause });
  }
}
