/**
 * What started this process: `nohup`, or npm and the like, which can end without it. Node forgets the
 * signals that `nohup` ignores.
 *
 * npm is watched by its process id, because a killed npm passes nothing on and its shell stays.
 * Rejected: watching only the parent's id, which would end a process that was put into the background
 * on purpose.
 */

import { basename } from "node:path";
import { readText } from "./process-state.ts";

/** Processes between this one and npm: a shell, a wrapper. */
const DEPTH_MAX = 5;
/** Milliseconds between two checks that npm still runs. */
const CHECK_MS = 1_000;

const RUNNER = /^(npm|npx|pnpm|pnpx|yarn|bun|bunx)\b/;

/** A process, distinguished from a later one with the same id. */
interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly session: string;
  readonly startedAt: string;
}

/**
 * Whether `nohup` started this process, or the npm that runs it. The shell notes that in the
 * environment; a note that the parent has too is the parent's.
 */
export function isUnderNohup(): boolean {
  if (basename(process.env["_"] ?? "") !== "nohup") return false;
  const { parent } = findRunner() ?? findOlderNode() ?? readProcess(process.pid) ?? {};
  return !/(^|\0)_=[^\0]*nohup\0/.test(readText(`/proc/${parent}/environ`));
}

/**
 * Calls back once when the npm, npx or the like that runs this process is gone. Never calls if there is
 * none, or for a process in the background (`nohup`, `setsid`, a shell that ended). Linux only.
 */
export function watchRunner(onGone: (why: string) => void): Disposable {
  const runner = isUnderNohup() ? undefined : findRunner();
  if (runner === undefined) return { [Symbol.dispose]: () => undefined };
  const timer = setInterval(() => {
    const now = readProcess(runner.pid);
    if (now?.startedAt === runner.startedAt) return;
    clearInterval(timer);
    onGone("npm is gone");
  }, CHECK_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function findRunner(): Running | undefined {
  const { npm_lifecycle_event: script, npm_command: command } = process.env;
  if (script === undefined && command === undefined) return undefined;
  const own = readProcess(process.pid);
  let found = own;
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    found = readProcess(found?.parent ?? 0);
    if (found === undefined || found.session !== own?.session) return undefined;
    if (isRunner(found.pid)) return found;
  }
  return undefined;
}

/** The process above, if it is this program in an older Node, which has started it again with this one. */
function findOlderNode(): Running | undefined {
  const above = readProcess(readProcess(process.pid)?.parent ?? 0);
  const words = readText(`/proc/${above?.pid}/cmdline`).split("\0");
  const program = basename(process.argv[1] ?? "");
  return words.some((word) => basename(word) === program) ? above : undefined;
}

/** By its title, which npm sets, or by the script that Node runs. */
function isRunner(pid: number): boolean {
  const words = readText(`/proc/${pid}/cmdline`).split("\0").slice(0, 2);
  return words.some((word) => RUNNER.test(basename(word.split(" ")[0] ?? "")));
}

/** Undefined for a process that is gone, a zombie included. */
function readProcess(pid: number): Running | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The name in front is in brackets and may have any character.
  const [state, parent, , session = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startedAt = rest[15];
  if (startedAt === undefined || state === "Z" || state === "X") return undefined;
  return { pid, parent: Number(parent), session, startedAt };
}
