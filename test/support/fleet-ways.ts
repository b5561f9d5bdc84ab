/** All ways to a fleet: through its server, through its tables, and through the servers of several shards. */

import { writeFile } from "node:fs/promises";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { connect, openQueue } from "../../src/index.ts";
import { type Shard, shardText } from "../../src/model/shard.ts";
import { Control } from "./control.ts";
import { makeTempFolder } from "./temp-folder.ts";

export const wayNames = ["server", "tables", "shards"] as const;
type Way = (typeof wayNames)[number];

const token = "the-token-of-both-shards";
const SHARDS = 2;

/** Fills the database around which a server will run: that of a shard, or the only one. */
type Seed = (folder: string, shard: Shard | null) => Promise<void>;

export class FleetWays implements AsyncDisposable {
  /** Of the first two ways. */
  readonly control: Control;
  readonly fleets: Readonly<Record<Way, Fleet>>;
  readonly fleetFile: string;
  readonly #opened: AsyncDisposableStack;

  private constructor(
    control: Control,
    fleets: Readonly<Record<Way, Fleet>>,
    { fleetFile, opened }: { fleetFile: string; opened: AsyncDisposableStack },
  ) {
    this.control = control;
    this.fleets = fleets;
    this.fleetFile = fleetFile;
    this.#opened = opened;
  }

  static async start(seed: Seed = async () => {}): Promise<FleetWays> {
    await using opened = new AsyncDisposableStack();
    /** Each in a folder of its own. */
    const serve = async (shard: Shard | null): Promise<Control> => {
      const { path: folder } = opened.use(await makeTempFolder());
      await seed(folder, shard);
      const flags = shard === null ? {} : { shard: shardText(shard), token };
      return opened.use(await Control.start({ flags, folder }));
    };
    const control = await serve(null);
    const { url, token: own } = control.troupe.server;
    const server = connect(url, { token: own });
    const tables = opened.use(await openQueue(`${control.folder}/data/troupe`));
    const addresses: string[] = [];
    for (let index = 0; index < SHARDS; index += 1) {
      const { troupe } = await serve({ index, count: SHARDS });
      addresses.push(troupe.server.url);
    }
    const fleetFile = `${control.folder}/fleet.json`;
    await writeFile(fleetFile, JSON.stringify({ shards: SHARDS, addresses }));
    const fleets = { server, tables, shards: connect({ fleet: fleetFile, token }) };
    return new FleetWays(control, fleets, { fleetFile, opened: opened.move() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]();
  }
}
