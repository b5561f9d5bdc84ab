/**
 * The system's limits for this process, and how much is in use: read from Linux's files repeatedly,
 * because an operator may change the limits. Infinite if the system has none.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";

/** One of the limits on threads, and how many count against it. */
export interface ThreadLimit {
  readonly name: string;
  readonly max: number;
  readonly used: number;
  /** How to raise it. */
  readonly how: string;
}

export interface MachineLimits {
  /** `vm.max_map_count`. */
  readonly mapsMax: number;
  /** Files that the process may have open; Node has raised it to the hard limit. */
  readonly descriptorsMax: number;
  /** Bytes of addresses that the process may reserve: `ulimit -v`. */
  readonly addressMax: number;
  readonly threads: readonly ThreadLimit[];
  /** Memory of the process above which agents are shed. */
  readonly bytesMax: number;
  /** Memory that the machine has left. */
  readonly bytesAvailable: number;
}

/** The resources that are in use already. */
export interface MachineUse {
  /** Agents that have a thread or will get one. */
  readonly agents: number;
  /** Agents that have a thread. */
  readonly threads: number;
  /** Files that the process has open. */
  readonly descriptors: number;
  /** Bytes of addresses that the process has reserved. */
  readonly addresses: number;
  /** Resident memory of the process. */
  readonly bytes: number;
}

/** Milliseconds for which the count of this user's other threads is kept. */
const USER_THREADS_MS = 10_000;

/** Milliseconds for which limits, and the use by others, are kept. */
const LIMITS_MS = 1_000;

/**
 * Reads limits at most once a second; threads made since then are added.
 * @param bytesMax memory of the process above which agents are shed
 * @param bytesEach memory that one agent's thread takes
 */
export function createLimitsReader(
  bytesMax: number,
  bytesEach: number,
): (threads: number) => MachineLimits {
  let limits = readMachineLimits(bytesMax);
  let readAt = performance.now();
  let threadsThen = 0;
  return (threads) => {
    if (performance.now() - readAt > LIMITS_MS) {
      limits = readMachineLimits(bytesMax);
      readAt = performance.now();
      threadsThen = threads;
    }
    const made = Math.max(0, threads - threadsThen);
    const bytesAvailable = limits.bytesAvailable - made * bytesEach;
    const taken = limits.threads.map((limit) => ({ ...limit, used: limit.used + made }));
    return { ...limits, bytesAvailable, threads: taken };
  };
}

export function readMachineLimits(bytesMax: number): MachineLimits {
  return {
    bytesMax,
    mapsMax: readNumber("/proc/sys/vm/max_map_count") ?? Number.POSITIVE_INFINITY,
    descriptorsMax: readOwnLimit("Max open files"),
    addressMax: readOwnLimit("Max address space"),
    threads: [...controlGroupLimits(), ...userLimit(), ...kernelLimit()],
    bytesAvailable: process.platform === "linux" ? freemem() : Number.POSITIVE_INFINITY,
  };
}

/** Files that this process has open. Newer kernels count them in one call. */
export function countDescriptors(): number {
  try {
    const { size } = statSync("/proc/self/fd");
    return size > 0 ? size : readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}

/** Bytes of addresses that this process has reserved. */
export function countAddresses(): number {
  const [, kib] = /^VmSize:\s*(\d+) kB$/m.exec(read("/proc/self/status") ?? "") ?? [];
  return kib === undefined ? 0 : Number(kib) * 1_024;
}

/** Limits of this process's control group and those above it, in both versions of control groups. */
function controlGroupLimits(): readonly ThreadLimit[] {
  const lines = (read("/proc/self/cgroup") ?? "").split("\n");
  const folders = lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === "") return foldersAbove("/sys/fs/cgroup", path);
    return controllers === "pids" ? foldersAbove("/sys/fs/cgroup/pids", path) : [];
  });
  return folders.flatMap((folder) => {
    const max = readNumber(join(folder, "pids.max"));
    const used = readNumber(join(folder, "pids.current"));
    if (max === undefined || used === undefined) return [];
    return [{ name: "pids.max", max, used, how: "give the container a higher pids limit" }];
  });
}

function foldersAbove(root: string, path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== "..");
  return [...parts.keys(), parts.length].map((count) => join(root, ...parts.slice(0, count)));
}

/** The limit of this user; root has only the kernel's. */
function userLimit(): readonly ThreadLimit[] {
  const max = readOwnLimit("Max processes");
  if (!Number.isFinite(max) || process.getuid?.() === 0) return [];
  return [
    { name: "ulimit -u", max, used: countUserThreads(), how: "ulimit -u with a higher number" },
  ];
}

function kernelLimit(): readonly ThreadLimit[] {
  const max = readNumber("/proc/sys/kernel/threads-max");
  const used = Number(/\/(\d+) /.exec(read("/proc/loadavg") ?? "")?.[1]);
  if (max === undefined || Number.isNaN(used)) return [];
  const name = "kernel.threads-max";
  return [{ name, max, used, how: `sysctl -w kernel.threads-max=${2 * max}` }];
}

let others = { threads: 0, countedAt: Number.NEGATIVE_INFINITY };

/** Threads of all processes of this user; the count of other processes may be a moment old. */
function countUserThreads(): number {
  const now = performance.now();
  if (now - others.countedAt > USER_THREADS_MS) {
    const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const threads = ids
      .filter((id) => Number(id) !== process.pid)
      .reduce((sum, id) => sum + countThreads(id, process.getuid?.()), 0);
    others = { threads, countedAt: now };
  }
  return others.threads + countThreads("self", process.getuid?.());
}

function countThreads(id: string, userId: number | undefined): number {
  const status = read(`/proc/${id}/status`) ?? "";
  const [, owner] = /^Uid:\t(\d+)/m.exec(status) ?? [];
  return Number(owner) === userId ? Number(/^Threads:\t(\d+)/m.exec(status)?.[1] ?? 0) : 0;
}

/** The soft limit in force. */
function readOwnLimit(name: string): number {
  const line = (read("/proc/self/limits") ?? "").split("\n").find((row) => row.startsWith(name));
  const [, soft] = /^.{25}\s*(\S+)/.exec(line ?? "") ?? [];
  return soft === undefined || soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

function readNumber(path: string): number | undefined {
  const text = read(path)?.trim();
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
