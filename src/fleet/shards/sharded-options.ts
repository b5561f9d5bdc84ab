/** What a fleet of several shards is made of. */

import type { TroupeError } from "../../model/errors.ts";
import type { Fleet } from "../fleet.ts";

export interface ShardedOptions {
  /** The number of shards. */
  readonly shards: number;
  /** Names the fleet in messages: its file, or its root. */
  readonly location: string;
  /** Opens the way to one shard. */
  readonly open: (index: number) => Promise<Fleet>;
  /**
   * Takes what the other shards answered if one cannot be used, and receives the error that names it,
   * each time. Without it such an operation fails.
   */
  readonly onUnreached?: ((error: TroupeError) => void) | undefined;
}
