/**
 * The settings of a fleet of several databases: its file, and the places of one shard. Each shard has its
 * own database below the fleet's root, and its own folder of local files, because two processes must not
 * share a journal.
 */

import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { withoutLinks } from "../files/real-path.ts";
import { databaseName } from "../model/database-name.ts";
import { TroupeError } from "../model/errors.ts";
import {
  parseShard,
  SHARD_EXPECTED,
  type Shard,
  shardFolder,
  shardLocation,
  shardText,
} from "../model/shard.ts";
import type { ShardDoor } from "../model/shard-door.ts";
import { type LocatedFleetFile, readFleetFile } from "./read-fleet-file.ts";
import { isRemote } from "./setting-places.ts";
import type { SettingValues } from "./settings.ts";

export interface ShardPlaces {
  /** The shard's database; the fleet's root, or the only database, without a shard. */
  readonly db: string;
  readonly local: string | null;
  readonly shard: Shard | null;
  /** The setting `TROUPE_DB` as it was given: the root of a fleet, if there is one. */
  readonly root: string;
  readonly fleetFile: LocatedFleetFile | null;
}

/**
 * @param values the settings, with absolute folders
 * @throws {TroupeError} `SETTING_INVALID`, `FLEET_INVALID`.
 */
export function placeShard({ db: root, local, shard: text, fleet }: SettingValues): ShardPlaces {
  const fleetFile = findFleetFile(root, fleet);
  if (text === null) return { db: root, local, shard: null, root, fleetFile };
  const shard = parseShard(text);
  if (shard === undefined) throw wrongShard(`TROUPE_SHARD must be ${SHARD_EXPECTED}`);
  checkCount(shard, fleetFile);
  // On an object store the default, as of the root, so that shards of several fleets do not meet there.
  const folder = local ?? (isRemote(root) ? resolve("data", databaseName(root)) : null);
  return {
    shard,
    root,
    fleetFile,
    db: isRemote(root)
      ? shardLocation(root, shard.index)
      : withoutLinks(shardLocation(root, shard.index)),
    local: folder === null ? null : withoutLinks(join(folder, shardFolder(shard.index))),
  };
}

/** @throws {TroupeError} `SETTING_INVALID` if this is the root of a fleet, and no shard is named. */
export function requireShard({ shard, root, fleetFile }: ShardPlaces): void {
  if (shard !== null || fleetFile === null) return;
  const { path, shards } = fleetFile;
  const message = `${root} is a fleet of ${shards} shards, by ${path}: start one of them with --shard i/${shards}, i from 0 to ${shards - 1}`;
  throw wrongShard(message);
}

/** The door of the shard that the settings name. */
export function doorOf({ shard, fleetFile }: ShardPlaces): ShardDoor | undefined {
  return shard === null ? undefined : { shard, addresses: fleetFile?.addresses };
}

function checkCount(shard: Shard, fleetFile: LocatedFleetFile | null): void {
  if (fleetFile === null || fleetFile.shards === shard.count) return;
  const { path, shards } = fleetFile;
  const message = `TROUPE_SHARD is ${shardText(shard)}, but ${path} has ${shards} shards`;
  throw wrongShard(message);
}

function wrongShard(message: string): TroupeError {
  return new TroupeError("SETTING_INVALID", message, { details: { setting: "TROUPE_SHARD" } });
}

/** The file that is set, else the one in the root, if that is a folder with one. */
function findFleetFile(root: string, set: string | null): LocatedFleetFile | null {
  if (set !== null) return readFleetFile(set);
  if (isRemote(root)) return null;
  const path = join(root, "fleet.json");
  return isThere(path) ? readFleetFile(path) : null;
}

/** False as well for a folder of another user or a link to itself: opening the database reports those. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
