/** Which rows of a long list are drawn: those on the screen, and a few around them. */

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Rows drawn beyond each edge of the screen. */
const OVERSCAN = 8;

interface VirtualRows {
  readonly items: readonly VirtualItem[];
  /** Height in pixels above the first drawn row, and below the last one. */
  readonly before: number;
  readonly after: number;
  readonly scrollTo: (index: number) => void;
}

interface VirtualOptions {
  readonly count: number;
  readonly rowHeight: number;
  readonly headHeight: number;
}

export function useVirtualRows(
  scroller: RefObject<HTMLDivElement | null>,
  { count, rowHeight, headHeight }: VirtualOptions,
): VirtualRows {
  const [, redraw] = useState(0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // The head is above the first row, and sticky: the rows have so much less height.
    scrollPaddingEnd: headHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw((n) => n + 1),
  };
  const kept = useRef<Virtualizer<HTMLDivElement, HTMLTableRowElement> | null>(null);
  kept.current ??= new Virtualizer(options);
  const virtualizer = kept.current;
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  // Sizes are cached, and change only with this.
  useEffect(() => virtualizer.measure(), [rowHeight]);
  const items = virtualizer.getVirtualItems();
  return {
    items,
    before: items[0]?.start ?? 0,
    after: virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0),
    scrollTo: (index) => virtualizer.scrollToIndex(index),
  };
}
