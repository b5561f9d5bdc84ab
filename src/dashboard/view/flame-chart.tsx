/**
 * A profile as a flame graph from the top down, and as a table of what each function took itself. Own,
 * because the libraries for it bring D3 and are larger than the whole page.
 */

import { useMemo, useRef, useState } from "preact/hooks";
import { percentText } from "../../picture/number-text.ts";
import {
  type FlameCell,
  type FlameNode,
  layOut,
  neighbour,
  selfRows,
} from "../state/flame-tree.ts";
import { PlainTable } from "./plain-table.tsx";

/** Height of a row. */
const ROW_REM = 1.25;
/** Share of the width below which a cell cannot be seen. */
const WIDTH_MIN = 0.002;
const CELLS_MAX = 1_500;

interface FlameChartProps {
  readonly root: FlameNode;
  /** `12 ms`, `3 KiB` */
  readonly textOf: (value: number) => string;
}

export function FlameChart({ root, textOf }: FlameChartProps) {
  const [top, setTop] = useState(root);
  const [chosenKey, setChosen] = useState(root.key);
  const box = useRef<HTMLDivElement>(null);
  const cells = useMemo(() => layOut(top, WIDTH_MIN, CELLS_MAX), [top]);
  const chosen = cells.find(({ node }) => node.key === chosenKey) ?? cells[0];
  const zoom = (node: FlameNode) => {
    setTop(node);
    setChosen(node.key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // The focus stays on the call that was enlarged.
    if (event.key === "Escape" && top !== root) setTop(root);
    else {
      const next = neighbour(cells, chosen?.node.key ?? "", event.key);
      if (next === undefined) return;
      setChosen(next);
      box.current?.querySelector<HTMLElement>(`[data-key="${next}"]`)?.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const depth = Math.max(0, ...cells.map((cell) => cell.depth));
  return (
    <>
      <p class="flame-hint faint">Arrow keys move, Enter enlarges a call, Esc shows all again.</p>
      <div
        class="flame"
        role="tree"
        aria-label="Flame graph"
        style={{ height: `${(depth + 1) * ROW_REM}rem` }}
        ref={box}
        onKeyDown={onKeyDown}
      >
        {cells.map((cell) => (
          <Cell
            key={cell.node.key}
            cell={cell}
            isChosen={cell === chosen}
            text={`${cell.node.name} ${cell.node.place}, ${textOf(cell.node.total)}`}
            onChoose={() => setChosen(cell.node.key)}
            onZoom={() => zoom(cell.node)}
          />
        ))}
      </div>
      {chosen !== undefined && <Chosen node={chosen.node} whole={root.total} textOf={textOf} />}
      <SelfTable root={root} textOf={textOf} />
    </>
  );
}

interface CellProps {
  readonly cell: FlameCell;
  readonly isChosen: boolean;
  readonly text: string;
  readonly onChoose: () => void;
  readonly onZoom: () => void;
}

function Cell({ cell: { node, left, width, depth }, isChosen, text, onChoose, onZoom }: CellProps) {
  const percent = (share: number) => `${(share * 100).toFixed(3)}%`;
  return (
    <button
      type="button"
      role="treeitem"
      class="flame-cell"
      data-key={node.key}
      data-agents={node.isAgents}
      aria-level={depth + 1}
      aria-selected={isChosen}
      aria-label={text}
      title={text}
      tabIndex={isChosen ? 0 : -1}
      style={{ left: percent(left), width: percent(width), top: `${depth * ROW_REM}rem` }}
      onFocus={onChoose}
      onClick={onZoom}
    >
      {node.name}
    </button>
  );
}

interface ChosenProps extends Pick<FlameChartProps, "textOf"> {
  readonly node: FlameNode;
  readonly whole: number;
}

function Chosen({ node: { name, place, self, total }, whole, textOf }: ChosenProps) {
  return (
    <p class="flame-chosen" aria-live="polite">
      <strong>{name}</strong> {place !== "" && <code>{place}</code>} {textOf(total)}
      {whole > 0 && `, ${percentText(total / whole)}`}, itself {textOf(self)}
    </p>
  );
}

function SelfTable({ root, textOf }: FlameChartProps) {
  const rows = useMemo(() => selfRows(root), [root]);
  return (
    <PlainTable
      caption="By function, without its calls"
      columns={["Function", "Place", "Itself", "Share"]}
      rows={rows.map(({ name, place, self }) => [
        name,
        place,
        textOf(self),
        percentText(self / root.total),
      ])}
    />
  );
}
