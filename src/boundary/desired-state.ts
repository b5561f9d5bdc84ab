/** The desired state of an agent's thread, as one word of the control block. Pure. */

/**
 * What main wants the loop to do. `rest`: end at a step boundary, but only if no step is due there; code in
 * a step does not see it. `stop` is final.
 */
export type DesiredState = "run" | "pause" | "stop" | "rest";

/** A desired state and its version, which distinguishes it from earlier ones of the same name. */
export interface VersionedState {
  readonly desired: DesiredState;
  readonly version: number;
}

const desiredStates = ["run", "pause", "stop", "rest"] as const satisfies readonly DesiredState[];
const DESIRED_BITS = 2;
/** Greatest version; the one after it is 0 again. The sign bit stays free. */
export const VERSION_MAX = 2 ** (31 - DESIRED_BITS) - 1;

/** One word for a desired state and its version. */
export function packDesired({ desired, version }: VersionedState): number {
  return (version << DESIRED_BITS) | desiredStates.indexOf(desired);
}

/** The inverse of {@link packDesired}. */
export function unpackDesired(word: number): VersionedState {
  const desired = desiredStates[word & (2 ** DESIRED_BITS - 1)] ?? "stop";
  return { desired, version: word >>> DESIRED_BITS };
}
