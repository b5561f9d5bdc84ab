/**
 * Whether the machine has room for one more agent's thread. What the system would answer with the
 * end of the process is answered here with an error that names the limit.
 */

import { readFileSync } from "node:fs";
import { TroupeError } from "../model/errors.ts";

/** Memory mappings of one agent's thread: 32 measured, and some for what the agent itself does. */
const MAPS_EACH = 34;
/** Mappings of the process without agents, with room for LanceDB's and the pool's threads. */
const MAPS_BASE = 2_000;
/** Memory of an agent's thread that has done nothing yet. */
const BYTES_EACH = 8 * 2 ** 20;
/** Threads of the process beside agents: Node's, LanceDB's, BAML's. */
const THREADS_BASE = 100;

/** What the system allows; undefined where it says nothing. */
export interface MachineLimits {
  /** `vm.max_map_count` of Linux. */
  readonly mapsMax?: number | undefined;
  /** `pids.max` of the container. */
  readonly threadsMax?: number | undefined;
  /** Memory of the process above which agents are shed. */
  readonly bytesMax: number;
}

/** What is taken already. */
export interface MachineUse {
  /** Agents that have a thread or will get one. */
  readonly agents: number;
  /** Resident memory of the process. */
  readonly bytes: number;
}

/** Reads what the system allows; it may change at any time, so that it is read for each create. */
export function readMachineLimits(bytesMax: number): MachineLimits {
  return {
    bytesMax,
    mapsMax: readNumber("/proc/sys/vm/max_map_count"),
    threadsMax: readNumber("/sys/fs/cgroup/pids.max") ?? readNumber("/sys/fs/cgroup/pids/pids.max"),
  };
}

/** Why one more agent cannot be started, if it cannot. Pure. */
export function findRefusal(limits: MachineLimits, use: MachineUse): TroupeError | undefined {
  const { mapsMax = Number.POSITIVE_INFINITY, threadsMax = Number.POSITIVE_INFINITY } = limits;
  if (MAPS_BASE + MAPS_EACH * (use.agents + 1) > mapsMax) {
    return refusal(use, `vm.max_map_count is ${mapsMax}, and each takes ${MAPS_EACH} mappings`, {
      how: `sysctl -w vm.max_map_count=${roundUp(MAPS_BASE + MAPS_EACH * use.agents * 2)}`,
      details: { limit: "vm.max_map_count", value: mapsMax },
    });
  }
  if (THREADS_BASE + use.agents + 1 > threadsMax) {
    return refusal(use, `the container may have ${threadsMax} threads (pids.max)`, {
      how: "give it a higher pids limit",
      details: { limit: "pids.max", value: threadsMax },
    });
  }
  if (use.bytes + BYTES_EACH > limits.bytesMax) {
    const [used, max] = [use.bytes, limits.bytesMax].map((bytes) => Math.round(bytes / 2 ** 20));
    return refusal(use, `the process uses ${used} MiB of the ${max} MiB that it may`, {
      how: "end some agents, or give the machine or the container more memory",
      details: { limit: "memory", value: limits.bytesMax },
    });
  }
  return undefined;
}

interface RefusalParts {
  readonly how: string;
  readonly details: { readonly limit: string; readonly value: number };
}

function refusal({ agents }: MachineUse, why: string, { how, details }: RefusalParts): TroupeError {
  const message = `no room for another agent beside ${agents}: ${why}; to raise it: ${how}`;
  return new TroupeError("AGENT_LIMIT", message, { details });
}

/** To the next power of two. */
function roundUp(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}

function readNumber(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
