/**
 * Starts this program again with another Node. Runs in an older one.
 * Invariant: no syntax and no call that Node 18 does not know.
 */

import { spawn } from "node:child_process";

const PASSED_ON = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

/**
 * Replaces this process, if this Node can do that. Otherwise the program runs as a child on the same
 * terminal, which gets this process's signals, and its exit code is returned.
 * @param node the path of the other Node
 */
export function startAgain(node: string): Promise<number> {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  try {
    process.execve?.(node, [node, ...args], { ...process.env } as Record<string, string>);
  } catch {
    // Not on this system.
  }
  return runBelow(node, args);
}

function runBelow(node: string, args: readonly string[]): Promise<number> {
  const child = spawn(node, args, { stdio: "inherit" });
  const passOn = (signal: NodeJS.Signals) => {
    // A terminal's signal reaches the child as well; there the second one is an echo. On Windows a
    // signal from here would end the child without its consent.
    if (process.platform !== "win32") child.kill(signal);
  };
  for (const signal of PASSED_ON) process.on(signal, passOn);
  // Node would open a debugger's port here.
  process.on("SIGUSR1", () => undefined);
  return new Promise((resolve) => {
    child.on("error", ({ message }) => {
      console.error(`troupe cannot start ${node}: ${message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => {
      for (const name of PASSED_ON) process.off(name, passOn);
      // Ends as the child did.
      if (signal !== null) process.kill(process.pid, signal);
      resolve(code ?? 1);
    });
  });
}
