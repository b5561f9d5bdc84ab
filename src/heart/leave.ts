/** How a process leaves whose threads do not end. */

/**
 * Ends this process now, with this exit code. `process.exit` waits for each thread, for as long as one
 * call into C++ takes or a debugger holds it; a process that becomes another one takes no thread along.
 * No `exit` event is emitted.
 */
export function leave(code: number): never {
  try {
    process.execve?.("/bin/sh", ["sh", "-c", `exit ${code}`], {});
  } catch {
    // Without a shell, or on a system that has no such call.
  }
  process.kill(process.pid, "SIGKILL");
  throw new Error("a process does not outlive SIGKILL");
}
