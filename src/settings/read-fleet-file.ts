/** Reads `fleet.json`. Clients on older Nodes use it, too. */

import { readAtMost } from "../files/bounded-file.ts";
import { TroupeError } from "../model/errors.ts";
import { type FleetFile, parseFleetFile } from "../model/fleet-file.ts";

export interface LocatedFleetFile extends FleetFile {
  readonly path: string;
}

/** Largest file, in bytes. */
const FILE_BYTES_MAX = 1024 * 1024;

/** @throws {TroupeError} `FLEET_INVALID`, which names the file. */
export function readFleetFile(path: string): LocatedFleetFile {
  const file = parseFleetFile(readText(path));
  if ("problem" in file) throw invalid(path, file.problem);
  return { ...file, path };
}

function readText(path: string): string {
  try {
    const bytes = readAtMost(path, FILE_BYTES_MAX);
    if (bytes.length <= FILE_BYTES_MAX) return bytes.toString("utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw invalid(path, code === "ENOENT" ? "there is no such file" : `cannot be read: ${code}`);
  }
  throw invalid(path, `must have at most ${FILE_BYTES_MAX} bytes`);
}

export function invalid(path: string, problem: string): TroupeError {
  return new TroupeError("FLEET_INVALID", `${path}: ${problem}`, { details: { file: path } });
}
