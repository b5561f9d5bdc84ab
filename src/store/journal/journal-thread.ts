/**
 * The journal's thread: a sync to the disk blocks it and not the main thread. The messages that have arrived
 * during one transaction make the next, and are answered together once that is on the disk.
 * WAL with `synchronous = FULL` syncs the log at each commit.
 */

import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { withRemedy } from "../../model/system-fault.ts";
import { isDamage } from "./journal-damage.ts";
import { JournalLog } from "./journal-log.ts";
import type {
  JournalAnswer,
  JournalChange,
  JournalOpened,
  JournalThreadData,
  StoredEffect,
  StoredEntry,
} from "./journal-protocol.ts";
import { JOURNAL_FILE, JOURNAL_LAYOUT, readLayout, readOwner } from "./stored-entry.ts";

/** A newer Troupe has written the file. */
class NewerLayout extends Error {
  readonly layout: number;

  constructor(layout: number) {
    super(`layout ${layout}`);
    this.layout = layout;
  }
}

class JournalDatabase {
  readonly #database: DatabaseSync;
  readonly #log: JournalLog;
  readonly #add: StatementSync;
  readonly #end: StatementSync;
  readonly #remove: StatementSync;
  readonly #addEffect: StatementSync;
  readonly #removeEffect: StatementSync;
  readonly #touch: StatementSync;
  /** Actions and effects. */
  #entries: number;

  constructor(folder: string) {
    const path = join(folder, JOURNAL_FILE);
    this.#database = new DatabaseSync(path, { timeout: 0 });
    // Exclusive before the first access: then the log needs no shared memory.
    this.#database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 0`);
    const layout = readLayout(this.#database);
    if (layout > JOURNAL_LAYOUT) throw new NewerLayout(layout);
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS entries (
        seq INTEGER PRIMARY KEY,
        row TEXT NOT NULL,
        end TEXT
      ) STRICT;
      CREATE TABLE IF NOT EXISTS effects (seq INTEGER PRIMARY KEY, row TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
      PRAGMA user_version = ${JOURNAL_LAYOUT}`);
    const prepare = (sql: string) => this.#database.prepare(sql);
    this.#add = prepare("INSERT INTO entries (seq, row) VALUES (?, ?)");
    this.#end = prepare("UPDATE entries SET end = ? WHERE seq = ?");
    this.#remove = prepare("DELETE FROM entries WHERE seq = ?");
    this.#addEffect = prepare("INSERT OR REPLACE INTO effects (seq, row) VALUES (?, ?)");
    this.#removeEffect = prepare("DELETE FROM effects WHERE seq = ?");
    this.#touch = prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)");
    const counts = "SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM effects) AS n";
    this.#entries = Number(prepare(counts).get()?.["n"]);
    this.#log = new JournalLog(this.#database, path);
  }

  get opened(): Omit<JournalOpened, "kind"> {
    const entries = this.#database
      .prepare("SELECT seq, row, end FROM entries ORDER BY seq")
      .all() as unknown as readonly StoredEntry[];
    const effects = this.#database
      .prepare("SELECT seq, row FROM effects ORDER BY seq")
      .all() as unknown as readonly StoredEffect[];
    return { entries, effects, ...readOwner(this.#database), bytes: this.#log.bytes };
  }

  get logBytes(): number {
    return this.#log.bytes;
  }

  /** One transaction. */
  apply(changes: readonly JournalChange[]): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const change of changes) this.#write(change);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
    for (const { adds, removes, effectAdds, effectRemoves } of changes) {
      this.#entries += adds.length - removes.length;
      this.#entries += effectAdds.length - effectRemoves.length;
    }
    this.#log.follow();
  }

  /** What need not be done before the transaction is answered. */
  tend(): void {
    this.#log.tend(this.#entries === 0);
  }

  #write({ adds, ends, removes, effectAdds, effectRemoves, owner }: JournalChange): void {
    for (const { seq, row } of adds) this.#add.run(seq, row);
    for (const { seq, end } of ends) this.#end.run(end, seq);
    for (const seq of removes) this.#remove.run(seq);
    for (const { seq, row } of effectAdds) this.#addEffect.run(seq, row);
    for (const seq of effectRemoves) this.#removeEffect.run(seq);
    if (owner === undefined) return;
    this.#touch.run("place", owner.place);
    this.#touch.run("database", owner.databaseId);
    this.#touch.run("database_place", owner.place);
  }

  close(): void {
    this.#database.close();
  }
}

function answer(message: JournalAnswer): void {
  parentPort?.postMessage(message);
}

function serve({ folder }: JournalThreadData): void {
  let database: JournalDatabase;
  try {
    database = new JournalDatabase(folder);
    answer({ kind: "opened", ...database.opened });
  } catch (error) {
    const isNewer = error instanceof NewerLayout;
    answer(
      isNewer
        ? { kind: "newer", layout: error.layout }
        : { kind: isDamage(error) ? "damaged" : "unopened", message: withRemedy(error) },
    );
    return;
  }
  parentPort?.on("message", (first: Message) => {
    const messages = [first, ...takeArrived()];
    const changes = messages.filter((message) => message !== "close");
    if (changes.length > 0) commit(database, changes);
    if (changes.length === messages.length) return;
    database.close();
    parentPort?.close();
  });
}

/** `close` is the last message. */
type Message = JournalChange | "close";

function* takeArrived(): Generator<Message> {
  if (parentPort === null) return;
  for (let next = receiveMessageOnPort(parentPort); next; next = receiveMessageOnPort(parentPort)) {
    yield next.message as Message;
  }
}

function commit(database: JournalDatabase, changes: readonly JournalChange[]): void {
  const begun = performance.now();
  try {
    database.apply(changes);
    const ms = performance.now() - begun;
    answer({ kind: "stored", changes: changes.length, ms, bytes: database.logBytes });
  } catch (error) {
    answer({ kind: "failed", changes: changes.length, message: withRemedy(error) });
  }
  database.tend();
}

serve(workerData as JournalThreadData);
