/** Queries of one table: which rows, of which columns, in which order. */

import type { Table } from "@lancedb/lancedb";
import { type ColumnName, columnsWithout, type TableName } from "./columns.ts";
import { firstCharacters, type Predicate } from "./predicate.ts";

export interface ReadOptions<T extends TableName> {
  readonly where?: Predicate;
  readonly order?: readonly Order<T>[];
  readonly limit?: number;
  /** Left out: all of them. */
  readonly columns?: readonly ColumnName<T>[];
  /** Most characters to read of some text columns. */
  readonly cut?: Readonly<Partial<Record<ColumnName<T>, number>>>;
  /** Adds `_rowid`, the row's address at this moment. */
  readonly withRowId?: boolean;
  /** Integers of 64 bits as `bigint`, nulls as null, whatever the column declares. */
  readonly isExact?: boolean;
  /** True for reads of a start, which may take any time. */
  readonly isPatient?: boolean;
}

export interface Order<T extends TableName> {
  readonly column: ColumnName<T>;
  readonly direction: "up" | "down";
}

/** LanceDB's query for these rows. */
export function queryOf<T extends TableName>(
  table: Table,
  options: ReadOptions<T> & { readonly name: T },
) {
  const { where, columns, cut, withRowId, limit, order } = options;
  const query = table.query();
  if (where !== undefined) query.where(where);
  // By name: those of other programs are not read, and one of ours that is missing is noticed.
  query.select(selected(columns ?? columnsWithout(options.name, []), cut));
  if (withRowId === true) query.withRowId();
  if (limit !== undefined) query.limit(limit);
  if (order !== undefined) {
    query.orderBy(
      order.map(({ column, direction }) => ({
        columnName: column,
        ascending: direction === "up",
        nullsFirst: false,
      })),
    );
  }
  return query;
}

/** SQL for each column. */
function selected<N extends string>(
  columns: readonly N[],
  cut: Readonly<Partial<Record<N, number>>> | undefined,
): Map<string, string> {
  return new Map(
    columns.map((name) => {
      const characters = cut?.[name];
      return [name, characters === undefined ? name : firstCharacters(name, characters)];
    }),
  );
}
