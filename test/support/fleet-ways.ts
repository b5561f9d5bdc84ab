/** All ways to a fleet: through its server, through its tables, and through the servers of several shards. */

import { writeFile } from "node:fs/promises";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { connect, openQueue } from "../../src/index.ts";
import { Control } from "./control.ts";

export const wayNames = ["server", "tables", "shards"] as const;
type Way = (typeof wayNames)[number];

const token = "the-token-of-both-shards";

export class FleetWays implements AsyncDisposable {
  /** Of the first two ways. */
  readonly control: Control;
  readonly #shards: readonly Control[];
  readonly fleets: Readonly<Record<Way, Fleet>>;

  private constructor(
    control: Control,
    shards: readonly Control[],
    fleets: Readonly<Record<Way, Fleet>>,
  ) {
    this.control = control;
    this.#shards = shards;
    this.fleets = fleets;
  }

  static async start(): Promise<FleetWays> {
    const control = await Control.start();
    const { url, token: own } = control.troupe.server;
    const server = connect(url, { token: own });
    const tables = await openQueue(`${control.folder}/data/troupe`);
    // Two shards, in folders of their own.
    const shards: Control[] = [];
    for (const shard of ["0/2", "1/2"])
      shards.push(await Control.start({ flags: { shard, token } }));
    const addresses = shards.map(({ troupe }) => troupe.server.url);
    const fleet = fleetFileOf(shards);
    await writeFile(fleet, JSON.stringify({ shards: addresses.length, addresses }));
    return new FleetWays(control, shards, { server, tables, shards: connect({ fleet, token }) });
  }

  get fleetFile(): string {
    return fleetFileOf(this.#shards);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleets.tables.close();
    await Promise.all([this.control, ...this.#shards].map((one) => one.close()));
  }
}

function fleetFileOf(shards: readonly Control[]): string {
  return `${shards[0]?.folder}/fleet.json`;
}
