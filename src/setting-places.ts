/** The files and folders that settings name, and those that are found without a setting. */

import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { builtInPromptFolder } from "./entry-points.ts";

interface Places {
  readonly db: string;
  readonly local: string | null;
  readonly agents: string | null;
  readonly baml: string | null;
}

/** Folders are relative to the working directory. */
export function absolute<T extends Places>(values: T, projectFolder: string): T {
  const { db, local, agents, baml } = values;
  return {
    ...values,
    db: isRemote(db) ? db : toPath(db),
    local: local === null ? null : toPath(local),
    agents: agents === null ? findFolder(projectFolder, "agents") : toPath(agents),
    baml: baml === null ? findOwnBaml(projectFolder) : toPath(baml),
  };
}

/** A folder of the project that needs no setting. */
function findFolder(projectFolder: string, name: string): string | null {
  const folder = join(projectFolder, name);
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? folder : null;
}

/** In a clone of Troupe, `./baml_src` is the source of the built-in functions, which are there anyway. */
function findOwnBaml(projectFolder: string): string | null {
  const folder = findFolder(projectFolder, "baml_src");
  const isBuiltIn = folder !== null && isSameFolder(folder, fileURLToPath(builtInPromptFolder));
  return isBuiltIn ? null : folder;
}

function isSameFolder(one: string, other: string): boolean {
  const places = [one, other].map((folder) => statSync(folder, { throwIfNoEntry: false }));
  const [first, second] = places;
  return first?.ino === second?.ino && first?.dev === second?.dev && first !== undefined;
}

/** True for a database that is not a local folder. */
function isRemote(db: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(db) && !db.startsWith("file:");
}

function toPath(place: string): string {
  return place.startsWith("file:") ? fileURLToPath(place) : resolve(place);
}
