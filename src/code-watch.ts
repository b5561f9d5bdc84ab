/**
 * Watches the code of agents and own BAML functions while they are developed: a saved file reloads the
 * environment and restarts the agents of the types that load it. Both are actions in the queue, so everybody sees them.
 */

import { existsSync, realpathSync, statSync, type WatchOptions, watch } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Logger } from "pino";
import type { NewAction } from "./model/action.ts";
import type { ActionView } from "./model/agent-view.ts";

/** Milliseconds without a further change before a change counts: editors write in several steps. */
const QUIET_MS = 200;
/** Milliseconds that a reload may take. */
const RELOAD_MS_MAX = 60_000;
/** Milliseconds between two looks at where the types' files are: a reload or a slow module changes that. */
const OUTSIDE_MS = 1_000;
/** Folders that are watched besides the one of the agents; files in further ones are not seen. */
const OUTSIDE_MAX = 100;

export interface WatchedCode {
  /** The folder or module of agents, or the folder of BAML functions. */
  readonly path: string;
  /** True if files that the types load from other folders are watched as well. */
  readonly followsTypes: boolean;
  /** Folders inside that are not code: those of the database. */
  readonly apart: readonly string[];
  /** The types, with the URLs of the files that each loads. */
  readonly types: () => readonly { readonly name: string; readonly files: readonly string[] }[];
  /** Agents that run, by type. */
  readonly agents: () => readonly { readonly id: string; readonly type: string }[];
  readonly queue: {
    append(actions: readonly NewAction[]): Promise<readonly string[]>;
    waitFor(actionId: string, timeoutMs: number): Promise<ActionView>;
  };
  readonly log: Logger;
}

/** @throws if the system cannot watch the folder */
export function watchCode(code: WatchedCode): Disposable {
  const folder = realpathSync(statSync(code.path).isDirectory() ? code.path : dirname(code.path));
  /** URLs of changed files; kept until a reload has taken them. */
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  const work = () => {
    working = working
      .then(() => takeChanges(code, changed))
      .catch((error: unknown) => {
        code.log.error({ err: error }, "changed code was not reloaded");
      });
  };
  const apart = new Set(code.apart.map((path) => relative(folder, realPath(path))));
  const ignore = (name: string) => apart.has(name) || isIgnored(name);
  const options = { recursive: true, persistent: false, ignore };
  const take = (href: string) => {
    // Any code may be the missing part of a broken module. Agents may write other files here.
    if (!CODE.test(href) && affected(code, [href]).length === 0) return;
    changed.add(href);
    clearTimeout(timer);
    timer = setTimeout(work, QUIET_MS).unref();
  };
  const watches = new DisposableStack();
  watches.defer(() => clearTimeout(timer));
  watches.use(watchFolder(code, { folder, options, take }));
  if (code.followsTypes) watches.use(watchOutside(code, folder, take));
  return watches;
}

type Take = (href: string) => void;

interface Watching {
  readonly folder: string;
  readonly options: WatchOptions;
  readonly take: Take;
}

function watchFolder({ log }: WatchedCode, { folder, options, take }: Watching): Disposable {
  const watcher = watch(folder, options, (_event, name) => {
    if (name !== null) take(pathToFileURL(join(folder, String(name))).href);
  });
  watcher.on("error", (error) => log.error({ err: error, folder }, "watching the code has ended"));
  log.info({ folder }, "watching code");
  return { [Symbol.dispose]: () => watcher.close() };
}

/** Watches the folders, without those in them, from which types load files that are not in `inside`. */
function watchOutside(code: WatchedCode, inside: string, take: Take): Disposable {
  const watches = new DisposableStack();
  const watched = new Set<string>();
  const follow = () => {
    for (const folder of foldersOf(code)) {
      const isInside = folder === inside || folder.startsWith(inside + sep);
      if (isInside || watched.has(folder) || watched.size === OUTSIDE_MAX) continue;
      watched.add(folder);
      const options = { persistent: false, ignore: isIgnored };
      try {
        watches.use(watchFolder(code, { folder, options, take }));
      } catch (error) {
        code.log.warn({ err: error, folder }, "a folder of code cannot be watched");
      }
    }
  };
  follow();
  const timer = setInterval(follow, OUTSIDE_MS).unref();
  watches.defer(() => clearInterval(timer));
  return watches;
}

function foldersOf({ types }: WatchedCode): ReadonlySet<string> {
  const files = new Set(types().flatMap((type) => type.files));
  return new Set([...files].map((url) => dirname(fileURLToPath(url))));
}

/** A folder that is not there yet has no other path. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** Files of code by their name. */
const CODE = /\.(?:[cm]?[jt]s|baml)$/;

/** Packages, and files that editors make for a moment. */
function isIgnored(name: string): boolean {
  return name.split(sep).some((part) => part === "node_modules" || /^\.|~$|\.sw.$/.test(part));
}

async function takeChanges(code: WatchedCode, changed: Set<string>): Promise<void> {
  const { queue, log } = code;
  const taken = [...changed];
  const before = affected(code, taken);
  const reload = await carryOut(queue, [
    { action: "environment_reload", actor: ACTOR, payload: {} },
  ]);
  if (reload?.outcome !== "done") {
    log.error(`changed code is not in use: ${reload?.error?.code}: ${reload?.error?.message}`);
    return;
  }
  for (const file of taken) changed.delete(file);
  const types = new Set([...before, ...affected(code, taken)]);
  const agents = code.agents().filter(({ type }) => types.has(type));
  log.info({ types: [...types], agents: agents.length }, "changed code is in use");
  if (agents.length === 0) return;
  await queue.append(
    agents.map(({ id }) => ({
      action: "agent_restart",
      agent_id: id,
      actor: ACTOR,
      payload: { agent_id: id, reason: "its code has changed" },
    })),
  );
}

const ACTOR = "watch";

async function carryOut(
  queue: WatchedCode["queue"],
  actions: readonly NewAction[],
): Promise<ActionView | undefined> {
  const [id] = await queue.append(actions);
  return id === undefined ? undefined : await queue.waitFor(id, RELOAD_MS_MAX);
}

/** Names of the types that load one of the files. */
function affected({ types }: WatchedCode, files: readonly string[]): readonly string[] {
  const changed = new Set(files);
  const hit = types().filter((type) => type.files.some((file) => changed.has(file)));
  return hit.map(({ name }) => name);
}
