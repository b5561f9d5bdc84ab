/**
 * Finds a Node that is new enough: one of the project, or one of the machine. Runs in an older one.
 * Invariant: no syntax and no call that Node 18 does not know.
 *
 * Rejected: a dependency that brings a Node. It would put a `node` into the `.bin` folder of the project
 * that installs Troupe, in front of the one that its own scripts expect.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const isWindows = process.platform === "win32";
/** Where a folder with one Node has its program. */
const PROGRAM = isWindows ? "node.exe" : "bin/node";
/** Milliseconds that a candidate may take to report its version. */
const ANSWER_MS = 10_000;

/** A version manager, or another place with a folder for each version. */
interface Manager {
  /** The environment variable with its folder. */
  readonly variable: string;
  /** Its usual folders: in the user's home, unless they are absolute. */
  readonly usual: readonly string[];
  /** Its folder of versions, and the folder of Node in each. */
  readonly versions: string;
  readonly node?: string;
}

const managers: readonly Manager[] = [
  { variable: "NVM_DIR", usual: [".nvm"], versions: "versions/node" },
  { variable: "NVM_HOME", usual: ["AppData/Roaming/nvm"], versions: "" },
  {
    variable: "FNM_DIR",
    usual: [".local/share/fnm", ".fnm", "Library/Application Support/fnm", "AppData/Roaming/fnm"],
    versions: "node-versions",
    node: "installation",
  },
  {
    variable: "VOLTA_HOME",
    usual: [".volta", "AppData/Local/Volta"],
    versions: "tools/image/node",
  },
  { variable: "ASDF_DATA_DIR", usual: [".asdf"], versions: "installs/nodejs" },
  { variable: "MISE_DATA_DIR", usual: [".local/share/mise"], versions: "installs/node" },
  { variable: "NODENV_ROOT", usual: [".nodenv"], versions: "versions" },
  { variable: "N_PREFIX", usual: ["n", ".n", "/usr/local"], versions: "n/versions/node" },
];

/** Single places, for a service whose PATH has less than a shell's. */
const places: readonly string[] = isWindows
  ? ["C:/Program Files/nodejs/node.exe"]
  : [
      "/usr/local/bin/node",
      "/usr/bin/node",
      "/opt/homebrew/bin/node",
      "/opt/homebrew/opt/node/bin/node",
      "/home/linuxbrew/.linuxbrew/bin/node",
      "/snap/bin/node",
      "/opt/node/bin/node",
    ];

/**
 * The path of a Node of at least this major version that runs here; undefined if there is none.
 * @param program this program's first file: packages in the folders above it count as the project's
 */
export function findNode(majorMin: number, program: string): string | undefined {
  const tried = new Set([process.execPath]);
  for (const candidate of candidates(majorMin, program)) {
    if (!existsSync(candidate)) continue;
    const path = realpathSync(candidate);
    if (tried.has(path)) continue;
    tried.add(path);
    const found = readAnswer(path);
    if (found !== undefined && found.major >= majorMin && found.path !== process.execPath) {
      return found.path;
    }
  }
  return undefined;
}

function* candidates(majorMin: number, program: string): Generator<string> {
  for (const folder of [...workingFolders(), ...foldersAbove(realpathSync(program))]) {
    yield* packagesIn(join(folder, "node_modules"));
  }
  for (const folder of (process.env["PATH"] || "").split(delimiter)) {
    if (folder !== "") yield join(folder, isWindows ? "node.exe" : "node");
  }
  for (const manager of managers) yield* versionsOf(manager, majorMin);
  yield* places;
}

/** None if the working directory was removed. */
function workingFolders(): readonly string[] {
  try {
    return foldersAbove(process.cwd());
  } catch {
    return [];
  }
}

function foldersAbove(path: string): readonly string[] {
  const folders = [path];
  for (let at = path; dirname(at) !== at; at = dirname(at)) folders.push(dirname(at));
  return folders;
}

/** The package `node`, and the packages with the Node of one platform, from which it takes its own. */
function packagesIn(modules: string): readonly string[] {
  const platform = isWindows ? "win" : process.platform;
  return ["node", `node-${platform}-${process.arch}`].map((name) =>
    join(modules, name, "bin", isWindows ? "node.exe" : "node"),
  );
}

/** The newest first. */
function versionsOf({ variable, usual, versions, node = "" }: Manager, majorMin: number) {
  const home = findHome();
  const usualFolders = usual.flatMap((folder) => {
    if (folder.startsWith("/")) return [folder];
    return home === undefined ? [] : [join(home, folder)];
  });
  const named = process.env[variable];
  const folders = named ? [named, ...usualFolders] : usualFolders;
  return folders.flatMap((folder) =>
    namesIn(join(folder, versions))
      .filter((name) => majorOf(name) >= majorMin)
      .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
      .map((name) => join(folder, versions, name, node, PROGRAM)),
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined for a user without one. */
function findHome(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}

/** Not a number if the text is not a version. */
function majorOf(version: string): number {
  return Number.parseInt(version.replace(/^v/, ""), 10);
}

interface Answer {
  readonly major: number;
  /** The program itself: the candidate may be a version manager's, which starts another one elsewhere. */
  readonly path: string;
}

/** Undefined if the program does not run here, or is not a Node. */
function readAnswer(candidate: string): Answer | undefined {
  const script = "JSON.stringify([process.versions.node, process.execPath])";
  const { status, stdout } = spawnSync(candidate, ["-p", script], {
    encoding: "utf8",
    // Without options for the program that is started later, such as a debugger's port.
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: ANSWER_MS,
  });
  if (status !== 0) return undefined;
  try {
    const [version, path] = JSON.parse(stdout) as [string, string];
    return { major: majorOf(version), path };
  } catch {
    return undefined;
  }
}
