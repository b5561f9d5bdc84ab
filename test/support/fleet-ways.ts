/** All ways to a fleet: through its server, through its tables, and through the servers of several shards. */

import { writeFile } from "node:fs/promises";
import { expect } from "vitest";
import type { Fleet } from "../../src/fleet/fleet.ts";
import { connect, openQueue } from "../../src/index.ts";
import { defined } from "../../src/model/defined.ts";
import type { ListPage, PageRequest } from "../../src/model/list-page.ts";
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

/** All items of a list, read in pages of two. */
export async function inPages<T>(read: (page: PageRequest) => Promise<ListPage<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(defined({ limit: 2, cursor }));
    expect(page.items.length).toBeLessThanOrEqual(2);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
