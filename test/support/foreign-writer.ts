/**
 * A foreign writer: appends rows, given as JSON on stdin, to the queue of the database named by its
 * argument. It knows LanceDB, the columns without a star, and nothing else of Troupe.
 */

import { text } from "node:stream/consumers";
import { connect } from "@lancedb/lancedb";
import { Bool, Table, Utf8, vectorFromArray } from "apache-arrow";

const [location = ""] = process.argv.slice(2);
const rows = JSON.parse(await text(process.stdin)) as readonly Record<string, string>[];

function column(name: string) {
  return vectorFromArray(
    rows.map((row) => row[name] ?? ""),
    new Utf8(),
  );
}

const database = await connect(location);
const queue = await database.openTable("queue");
await queue.add(
  new Table({
    id: column("id"),
    action: column("action"),
    actor: vectorFromArray(
      rows.map(() => "foreign"),
      new Utf8(),
    ),
    payload: column("payload"),
    created_at: vectorFromArray(rows.map(() => Date.now())),
    processed: vectorFromArray(
      rows.map(() => false),
      new Bool(),
    ),
  }),
);
