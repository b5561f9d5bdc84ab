/**
 * Capacity: whether the machine has room for one more agent's thread. Beyond a limit the system would end
 * the process, or leave the store without files; the error here names the limit, how many agents fit and
 * how to raise it.
 */

import { TroupeError } from "../../model/errors.ts";
import {
  countAddresses,
  countDescriptors,
  createLimitsReader,
  type MachineLimits,
  type MachineUse,
} from "./machine-limits.ts";
import { memoryCeilingBytes } from "./memory-guard.ts";
import { createMemoryReader } from "./resident-memory.ts";

/**
 * Returns why no agent can be added to `agents`, of which `threads` have their thread; undefined if
 * one can.
 */
export type CheckCapacity = (agents: number, threads: number) => TroupeError | undefined;

/** {@link checkCapacity} of this process on this machine; made once, because it keeps a file open. */
export function createCapacityCheck(): CheckCapacity {
  const readLimits = createLimitsReader(memoryCeilingBytes(), BYTES_EACH);
  const readBytes = createMemoryReader();
  return (agents, threads) => {
    const limits = readLimits(threads);
    const addresses = Number.isFinite(limits.addressMax) ? countAddresses() : 0;
    const descriptors = countDescriptors();
    return checkCapacity(limits, { agents, threads, bytes: readBytes(), descriptors, addresses });
  };
}

/** Memory mappings of one agent's thread: 36 measured on Node 26, and two for the agent's own use. */
const MAPS_EACH = 38;
/** Mappings of the process without agents, with room for LanceDB's and the pool's threads. */
const MAPS_BASE = 2_000;
/** Memory of an idle agent's thread. */
const BYTES_EACH = 8 * 2 ** 20;
/** Threads reserved for LanceDB, BAML and Node. */
const THREADS_RESERVE = 50;
/** Descriptors of one agent's thread: five measured (its event loop), and one for the agent's own use. */
const DESCRIPTORS_EACH = 6;
/** Addresses that V8 reserves for one agent's thread: 790 MiB measured on Node 26. */
const ADDRESSES_EACH = 2 ** 30;
/** Addresses for model calls and inspections, which have threads too, and for LanceDB. */
const ADDRESSES_RESERVE = 4 * 2 ** 30;
/** Further descriptors that the store may open. */
const STORE_DESCRIPTORS = 40;
/** Clients of the server and model calls each get one part in this many of all descriptors. */
const SHARE_PARTS = 8;
/** Memory left to the rest of the machine. */
const BYTES_RESERVE = 64 * 2 ** 20;

/** Connections that the server may have at the same time without taking files from the store. */
export function connectionsFor({ descriptorsMax }: MachineLimits, wanted: number): number {
  return Math.min(wanted, Math.floor(descriptorsMax / SHARE_PARTS));
}

/** BAML's end, the relay's end, and the connection to the provider. */
const DESCRIPTORS_EACH_CALL = 3;

/** Model calls that may be in flight at the same time without taking files from the store. */
export function callsFor({ descriptorsMax }: MachineLimits, wanted: number): number {
  const fitting = Math.floor(descriptorsMax / SHARE_PARTS / DESCRIPTORS_EACH_CALL);
  return Math.max(1, Math.min(wanted, fitting));
}

/** Descriptors that agents leave free for the store, clients and model calls, up to a bound. */
function reserveOf(descriptorsMax: number): number {
  return Math.min(STORE_DESCRIPTORS + (2 * descriptorsMax) / SHARE_PARTS, DESCRIPTORS_RESERVE_MAX);
}
const DESCRIPTORS_RESERVE_MAX = 1_000;

/** A resource of which each agent takes a part. */
interface Resource {
  readonly name: string;
  /** The part of one agent. */
  readonly each: number;
  /** The rest, for agents without a thread yet. */
  readonly left: number;
  readonly max: number;
  /** The limit as text, and how to raise it. */
  readonly why: string;
  readonly how: string;
}

/** Why one more agent cannot start; undefined if it can. Pure. */
export function checkCapacity(limits: MachineLimits, use: MachineUse): TroupeError | undefined {
  const coming = Math.max(0, use.agents - use.threads);
  const full = resourcesOf(limits, use).find(({ left, each }) => left < each * (coming + 1));
  if (full === undefined) return undefined;
  const { name, each, left, max, why, how } = full;
  const fitting = use.threads + Math.max(0, Math.floor(left / each));
  const message = `no room for another agent in addition to ${use.agents}: ${why}, enough for ${fitting}; to raise the limit: ${how}`;
  return new TroupeError("AGENT_LIMIT", message, { details: { limit: name, value: max } });
}

function resourcesOf(limits: MachineLimits, use: MachineUse): readonly Resource[] {
  const { mapsMax, descriptorsMax } = limits;
  return [
    {
      name: "vm.max_map_count",
      each: MAPS_EACH,
      left: mapsMax - MAPS_BASE - MAPS_EACH * use.threads,
      max: mapsMax,
      why: `vm.max_map_count is ${mapsMax}, and each takes ${MAPS_EACH} mappings`,
      how: `sysctl -w vm.max_map_count=${roundUp(MAPS_BASE + MAPS_EACH * use.agents * 2)}`,
    },
    {
      name: "open files",
      each: DESCRIPTORS_EACH,
      left: descriptorsMax - reserveOf(descriptorsMax) - use.descriptors,
      max: descriptorsMax,
      why: `the process may have ${descriptorsMax} files open, and each takes ${DESCRIPTORS_EACH}`,
      how: `ulimit -n ${roundUp(1_000 + DESCRIPTORS_EACH * use.agents * 2)}`,
    },
    ...limits.threads.map(({ name, max, used, how }) => ({
      name,
      each: 1,
      left: max - used - THREADS_RESERVE,
      max,
      why: `${used} of at most ${max} threads (${name}) are in use`,
      how,
    })),
    ...memoryOf(limits, use),
  ];
}

function memoryOf(limits: MachineLimits, use: MachineUse): readonly Resource[] {
  const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
  const { addressMax, bytesMax } = limits;
  return [
    {
      name: "address space",
      each: ADDRESSES_EACH,
      left: addressMax - ADDRESSES_RESERVE - use.addresses,
      max: addressMax,
      why: `the process may reserve ${mib(addressMax)} MiB of addresses, and each takes ${mib(ADDRESSES_EACH)}`,
      how: "ulimit -v unlimited; a control group limits the memory itself",
    },
    {
      name: "memory",
      each: BYTES_EACH,
      left: bytesMax - use.bytes,
      max: bytesMax,
      why: `the process uses ${mib(use.bytes)} of at most ${mib(bytesMax)} MiB`,
      how: "end some agents, or give the machine or the container more memory",
    },
    {
      name: "available memory",
      each: BYTES_EACH,
      left: limits.bytesAvailable - BYTES_RESERVE,
      max: limits.bytesAvailable,
      why: `the machine has ${mib(limits.bytesAvailable)} MiB of memory left`,
      how: "end other programs, or give the machine more memory",
    },
  ];
}

/** To the next power of two. */
function roundUp(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}
