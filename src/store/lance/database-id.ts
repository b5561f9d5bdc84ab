/**
 * A database's own id, which keys of effects are made of: two databases must not send the same key to one
 * service. Copies of a database have the same. It is kept like the version of the layout (layout.ts).
 */

import { randomUUID } from "node:crypto";
import type { Table } from "@lancedb/lancedb";
import { readMark, writeMark } from "./layout.ts";

const KEY = "troupe:id";

/** The id, which the process that owns the database gives to one without; empty if it has none. */
export async function databaseId(table: Table, isOwner: boolean): Promise<string> {
  const known = await readMark(table, KEY);
  if (known !== undefined || !isOwner) return known ?? "";
  const id = randomUUID();
  await writeMark(table, KEY, id);
  return id;
}
