/** Starts of the program on one database, each from a folder that no other start uses. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect as openLance } from "@lancedb/lancedb";
import { connect } from "../../src/fleet/connect.ts";
import type { ServerFleet } from "../../src/fleet/server-fleet.ts";
import { ObjectStore } from "./object-store.ts";
import { Program } from "./program.ts";
import { makeTempFolder } from "./temp-folder.ts";

const agentsFolder = fileURLToPath(new URL("./agents", import.meta.url));
const TOKEN = "a-token-of-the-test";

export interface Place extends AsyncDisposable {
  /** Where the database is. */
  readonly location: string;
  readonly env: Readonly<Record<string, string>>;
  /** A folder that one process alone uses. */
  folder(name: string): string;
}

/** What a program needs to reach an object store, with the location in `TROUPE_DB`. */
type StoreEnv = Readonly<Record<string, string>>;

/**
 * A new database: in a folder, in an object store in memory, or within a location of a real one, whose
 * `AWS_*` are this process's unless the environment is given.
 */
export async function makePlace(
  kind: "folder" | "object store" | `s3://${string}` | StoreEnv,
): Promise<Place> {
  await using made = new AsyncDisposableStack();
  const { path } = made.use(await makeTempFolder());
  const { location, env } = await locate(kind, path, made);
  const parts = made.move();
  return {
    location,
    env: { ...env, TROUPE_DB: location, TROUPE_AGENTS: agentsFolder, TROUPE_TOKEN: TOKEN },
    folder: (name) => join(path, name),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function locate(
  kind: string | StoreEnv,
  folder: string,
  made: AsyncDisposableStack,
): Promise<{ location: string; env: StoreEnv }> {
  if (kind === "folder") return { location: join(folder, "db"), env: {} };
  if (kind === "object store") {
    const { env } = made.use(await ObjectStore.start());
    return { location: env["TROUPE_DB"] ?? "", env };
  }
  const env = typeof kind === "string" ? { ...awsEnv(), TROUPE_DB: kind } : kind;
  return { location: `${env["TROUPE_DB"]}/${crypto.randomUUID()}`, env };
}

function awsEnv(): StoreEnv {
  const isAws = ([name, value]: [string, string | undefined]) =>
    name.startsWith("AWS_") && value !== undefined;
  return Object.fromEntries(Object.entries(process.env).filter(isAws)) as Record<string, string>;
}

/** With a heart, as users start it. */
export function programIn(place: Place, name: string, ...flags: readonly string[]): Program {
  return new Program({
    cwd: agentsFolder,
    args: ["start", ...flags],
    env: { ...place.env, TROUPE_LOCAL: place.folder(name) },
    isGroup: true,
  });
}

export async function clientOf(program: Program): Promise<ServerFleet> {
  const [, url = ""] = /(http:\S+)\/\?token=/.exec(await program.line(/^Troupe serves/)) ?? [];
  return connect(url, { token: TOKEN });
}

/** Iterations that a start of the process has stored in `agent_steps`, as any program reads them. */
export async function stepsOf(place: Place, epoch: number): Promise<readonly number[]> {
  const options = { storageOptions: { ...place.env }, readConsistencyInterval: 0 };
  const connection = await openLance(place.location, options);
  const table = await connection.openTable("agent_steps");
  const rows = await table.query().select(["iteration"]).where(`epoch = ${epoch}`).toArray();
  connection.close();
  return rows.map(({ iteration }) => Number(iteration));
}
