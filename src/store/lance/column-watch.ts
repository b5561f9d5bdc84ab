/**
 * Notices that another program has removed columns of a table. Until they are back the table takes no row of ours,
 * and a write that changes nothing, or other columns, must not count as the end of that fault.
 */

import { TroupeError } from "../../model/errors.ts";
import { columnsOf, type TableName } from "./columns.ts";

/** Milliseconds between two looks, however many commits of other programs there are: each takes about two. */
const LOOK_MS = 1_000;

type ReadNames = () => Promise<readonly string[]>;

export class ColumnWatch {
  readonly #name: TableName;
  /** Other programs have committed since the last look. */
  #isUnsure = false;
  /** When the next look may be, on the clock of `performance.now()`. */
  #nextAt = Number.NEGATIVE_INFINITY;
  #isLacking = false;

  constructor(name: TableName) {
    this.#name = name;
  }

  /** True if columns were missing at the last look. */
  get isLacking(): boolean {
    return this.#isLacking;
  }

  /**
   * Looks if other programs have committed, at most once a second.
   * @param readNames reads the names of the table's columns
   * @returns why the table takes no rows
   */
  async look(isForeign: boolean, readNames: ReadNames): Promise<TroupeError | undefined> {
    this.#isUnsure ||= isForeign;
    if (!this.#isUnsure || performance.now() < this.#nextAt) return undefined;
    this.#nextAt = performance.now() + LOOK_MS;
    const fault = this.#findFault(await readNames());
    this.#isUnsure = false;
    return fault;
  }

  /** @throws {TroupeError} `STORE_UNAVAILABLE` if columns are missing. */
  async require(readNames: ReadNames): Promise<void> {
    const fault = this.#findFault(await readNames());
    if (fault !== undefined) throw fault;
  }

  #findFault(names: readonly string[]): TroupeError | undefined {
    const present = new Set(names);
    const missing = Object.keys(columnsOf(this.#name)).filter((name) => !present.has(name));
    this.#isLacking = missing.length > 0;
    if (!this.#isLacking) return undefined;
    const which = `${missing.length === 1 ? "the column" : "the columns"} ${missing.join(", ")}`;
    const text = `${this.#name} lacks ${which}, which another program has removed, and takes no rows; the next start adds what is missing, without values`;
    const details = { table: this.#name, columns: missing };
    return new TroupeError("STORE_UNAVAILABLE", text, { details });
  }
}
