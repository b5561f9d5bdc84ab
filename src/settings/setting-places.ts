/** Where the files and folders of the settings are: absolute, and found in the project without a setting. */

import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { builtInPromptFolder } from "../entry-points.ts";
import { withoutLinks } from "../files/real-path.ts";
import type { SettingValues } from "./settings.ts";

/** Given places are relative to the working directory; those that nobody gives are looked for in the project. */
export function absolute(values: SettingValues, projectFolder: string): SettingValues {
  const { db, local, agents, baml, models, fleet } = values;
  return {
    ...values,
    // For as long as the process runs: a link that is turned meanwhile must not lead its writes elsewhere.
    db: isRemote(db) ? db : withoutLinks(toPath(db)),
    local: local === null ? null : withoutLinks(toPath(local)),
    agents: agents === null ? findFolder(projectFolder, "agents") : toPath(agents),
    baml: baml === null ? findOwnBaml(projectFolder) : toPath(baml),
    models: models === null ? findFile(projectFolder, "models.json") : toPath(models),
    fleet: fleet === null ? null : toPath(fleet),
  };
}

/** A folder of the project that needs no setting. */
function findFolder(projectFolder: string, name: string): string | null {
  const folder = join(projectFolder, name);
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? folder : null;
}

function findFile(projectFolder: string, name: string): string | null {
  const file = join(projectFolder, name);
  return statSync(file, { throwIfNoEntry: false }) === undefined ? null : file;
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
export function isRemote(db: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(db) && !db.startsWith("file:");
}

function toPath(place: string): string {
  return place.startsWith("file:") ? fileURLToPath(place) : resolve(place);
}
