/** The machine's own npm and Node, as a project finds them that has nothing to do with this folder. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { projectRoot } from "./tool-source.ts";

/** The PATH without this project's own tools, which npm has put in front of it. */
function machinePath(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.filter((folder) => !folder.startsWith(projectRoot)).join(delimiter);
}

/** The environment of a shell in another folder: npm's configuration stays, what npm has set does not. */
export function machineEnv(): Record<string, string> {
  const given = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined && !OF_THIS_NPM.test(name) && !OF_THIS_TEST.test(name) && value !== "",
  );
  return { ...(Object.fromEntries(given) as Record<string, string>), PATH: machinePath() };
}

const OF_THIS_NPM =
  /^(?:INIT_CWD|NODE|npm_(?:command|execpath|node_execpath|package_.*|lifecycle_.*|config_local_prefix|config_loglevel|config_prefix))$/;
const OF_THIS_TEST = /^(?:TROUPE_|VITEST|NODE_ENV$|NODE_OPTIONS$|TEST$|CI$)/;

/** A Node of the machine that is older than the one Troupe needs, but not older than the library needs. */
export function findOldNode(): string | undefined {
  const found = machinePath()
    .split(delimiter)
    .map((folder) => join(folder, "node"))
    .filter((path) => existsSync(path));
  return found.find((path) => {
    const { stdout } = spawnSync(path, ["-p", "parseInt(process.versions.node)"], {
      encoding: "utf8",
    });
    return Number(stdout) >= 20 && Number(stdout) < 26;
  });
}
