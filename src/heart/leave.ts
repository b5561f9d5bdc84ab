/** The end of a process whose threads do not end. */

/**
 * Ends this process now, with this exit code and without an `exit` event. `process.exit` waits for each
 * thread, however long its call into C++ takes or a debugger holds it; `execve` takes no thread along.
 */
export function leave(code: number): never {
  try {
    process.execve?.("/bin/sh", ["sh", "-c", `exit ${code}`], {});
  } catch {
    // There is no shell, or no such call on this system.
  }
  process.kill(process.pid, "SIGKILL");
  throw new Error("a process does not outlive SIGKILL");
}
