/** Whether a process that once wrote its identity is still running, even after its id was reused. */

import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, distinguished from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process in clock ticks since boot; null without /proc. */
  readonly start_ticks: string | null;
  /** Changes with each boot of the machine; null without /proc. */
  readonly boot_id: string | null;
  /** The namespace of `pid`: each container has its own. Left out by older versions. */
  readonly pid_namespace?: string | null;
  /** The machine's or the container's name, for people. Left out by older versions. */
  readonly host?: string;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const { pid } = process;
  return {
    pid,
    start_ticks: await readStartTicks(pid),
    boot_id: await readBootId(),
    pid_namespace: await readNamespace(),
    host: hostname(),
  };
}

/**
 * True if the process, were it running, would be visible from here. One in another container, on another
 * machine that shares the folder, or of an earlier boot is not.
 */
export async function isVisible(identity: ProcessIdentity): Promise<boolean> {
  const { host = hostname(), boot_id, pid_namespace } = identity;
  const [bootId, namespace] = await Promise.all([readBootId(), readNamespace()]);
  const isHere = (known: string | null | undefined, own: string | null) =>
    known === undefined || known === null || known === own;
  return host === hostname() && isHere(boot_id, bootId) && isHere(pid_namespace, namespace);
}

/** False once the process is certainly gone. Only for processes of this machine. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  if (!hasProcess(identity.pid)) return false;
  const bootId = await readBootId();
  if (bootId !== null && identity.boot_id !== null && bootId !== identity.boot_id) return false;
  const ticks = await readStartTicks(identity.pid);
  // Without ticks on either side only the id is compared.
  return ticks === null || identity.start_ticks === null || ticks === identity.start_ticks;
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user answers EPERM: it runs.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets itself. */
async function readStartTicks(pid: number): Promise<string | null> {
  const stat = await readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie is dead and only waits for its parent.
  return fields[0] === "Z" ? "ended" : (fields[19] ?? null);
}

export async function readBootId(): Promise<string | null> {
  return (await readText("/proc/sys/kernel/random/boot_id"))?.trim() ?? null;
}

async function readNamespace(): Promise<string | null> {
  return await readlink("/proc/self/ns/pid").catch(() => null);
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}
