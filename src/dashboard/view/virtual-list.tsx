/**
 * A long list of equal rows of which only those on the screen exist. The list has the focus, keys move
 * the active row.
 */

import type { ComponentChildren, HTMLAttributes } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { textScale } from "../theme.ts";
import { useVirtualRows } from "./virtual-rows.ts";

const ROW_HEIGHT = 26;
const ROWS_A_PAGE = 15;

export interface RowLook {
  readonly attributes: HTMLAttributes<HTMLDivElement>;
  readonly content: ComponentChildren;
}

interface VirtualListProps {
  readonly role: "tree" | "listbox";
  readonly label: string;
  readonly count: number;
  readonly active: number;
  readonly activate: (index: number) => void;
  readonly rowOf: (index: number) => RowLook;
  /** Keys besides those that move; true if the key was used. */
  readonly onKey?: (key: string) => boolean;
  readonly onRowClick?: (index: number) => void;
}

export function VirtualList(props: VirtualListProps) {
  const { role, label, count, active, activate, rowOf, onKey, onRowClick } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const rowHeight = ROW_HEIGHT * textScale.value;
  const virtual = useVirtualRows(scroller, { count, rowHeight, headHeight: 0 });
  useEffect(() => {
    if (active < count) virtual.scrollTo(active);
  }, [active, count]);
  // Until it is scrolled into view, the active row may not exist.
  const isDrawn = virtual.items.some(({ index }) => index === active);
  const keyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = nextIndex(event.key, active, count);
    const isUsed = next !== null || onKey?.(event.key) === true;
    if (!isUsed) return;
    event.preventDefault();
    // They are not for the page.
    event.stopPropagation();
    if (next !== null) activate(next);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is one of two with keys
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: as above
    <div
      class="virtual-list"
      role={role}
      aria-label={label}
      aria-activedescendant={isDrawn ? `${id}-${active}` : undefined}
      tabIndex={0}
      ref={scroller}
      onKeyDown={keyDown}
    >
      <div role="presentation" style={{ height: `${virtual.before}px` }} />
      {virtual.items.map(({ index }) => (
        <Row
          key={index}
          id={`${id}-${index}`}
          isActive={index === active}
          look={rowOf(index)}
          click={() => {
            activate(index);
            onRowClick?.(index);
          }}
        />
      ))}
      <div role="presentation" style={{ height: `${virtual.after}px` }} />
    </div>
  );
}

interface RowProps {
  readonly id: string;
  readonly isActive: boolean;
  readonly look: RowLook;
  readonly click: () => void;
}

function Row({ id, isActive, look: { attributes, content }, click }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is in the attributes
    <div
      id={id}
      class={isActive ? "virtual-row active" : "virtual-row"}
      {...attributes}
      onClick={click}
    >
      {content}
    </div>
  );
}

function nextIndex(key: string, active: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case "ArrowDown":
      return Math.min(active + 1, last);
    case "ArrowUp":
      return Math.max(active - 1, 0);
    case "PageDown":
      return Math.min(active + ROWS_A_PAGE, last);
    case "PageUp":
      return Math.max(active - ROWS_A_PAGE, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}
