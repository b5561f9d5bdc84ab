/**
 * Writes a table of a folder that this process alone writes, so that nothing of a process that was replaced
 * is stored after the seal (seal.ts). LanceDB commits from the version that its handle has: one that looks for
 * the newest automatically does so directly before the commit, and a process that is stopped between the check of
 * its claim and that look would commit on top of the seal. This handle looks first. If the commit is admitted
 * after the look, the version is from before the seal: a takeover waits between its claim and the seal for longer
 * than a check admits commits. What is committed from that version after the seal is refused.
 */

import type { Table } from "@lancedb/lancedb";
import pLimit from "p-limit";

export class OwnWriter {
  /** Its version changes in {@link run} alone. */
  readonly table: Table;
  /** A look of one write would move the version of another that has been checked already. */
  readonly #oneAtATime = pLimit(1);

  /** @param table of a connection whose handles do not look for newer versions */
  constructor(table: Table) {
    this.table = table;
  }

  /**
   * Looks for the newest version, checks, and writes.
   * @param admit checks the claim unless that was done a moment ago; rejects with `DATABASE_LOST`
   */
  run<R>(admit: () => Promise<void> | undefined, write: () => Promise<R>): Promise<R> {
    return this.#oneAtATime(async () => {
      await this.table.checkoutLatest();
      await admit();
      return await write();
    });
  }
}
