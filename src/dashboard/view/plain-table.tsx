/** A table of names and figures that does not change once it is there. */

import { ScrollPanel } from "./scroll-panel.tsx";

interface PlainTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  /** No two of them are equal. */
  readonly rows: readonly (readonly string[])[];
  readonly class?: string;
}

export function PlainTable({ caption, columns, rows, class: more = "" }: PlainTableProps) {
  return (
    <ScrollPanel class={`plain-table-box ${more}`} role="region" aria-label={caption}>
      <table class="plain-table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr key={cells.join(" ")}>
              {cells.map((cell, column) => (
                <td key={columns[column]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollPanel>
  );
}
