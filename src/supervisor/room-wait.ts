/** Puts an agent's wait for room on the machine into its row. */

import type { Logger } from "pino";
import type { TroupeError } from "../model/errors.ts";
import type { AgentRecord } from "./agent-record.ts";

interface RoomWaitOptions {
  /** Thousands may wait for room at the same time: their rows are stored as the store has room. */
  readonly ready: () => Promise<void>;
  readonly log: Logger;
}

/** Resolves once the row is stored, or cannot be. */
export async function noteRoomWait(
  record: AgentRecord,
  refusal: TroupeError,
  { ready, log }: RoomWaitOptions,
): Promise<void> {
  record.waitForRoom(refusal);
  try {
    await ready();
    await record.save();
  } catch (error) {
    log.debug({ err: error, agent: record.id }, "the status of a waiting agent was not stored");
  }
}
