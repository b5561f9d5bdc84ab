/** How a fleet of several shards is opened. Types only. */

import type { TroupeError } from "../../model/errors.ts";
import type { Fleet } from "../fleet.ts";

export interface ShardedOptions {
  readonly shards: number;
  /** Names the fleet in messages: its file, or its root. */
  readonly location: string;
  readonly open: (index: number) => Promise<Fleet>;
  /**
   * Takes what the other shards answered if one cannot be used, and receives the error that names it,
   * each time. Without it such an operation fails.
   */
  readonly onUnreached?: ((error: TroupeError) => void) | undefined;
}
