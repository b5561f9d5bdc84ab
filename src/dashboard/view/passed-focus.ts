/** Passes the focus on when its element is gone: otherwise the reader would continue at the top of the page. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** @param next where a reader continues, called after the element is gone */
export function usePassedFocus<T extends HTMLElement>(
  next: () => Element | null | undefined,
): RefObject<T | null> {
  const from = useRef<T>(null);
  const latest = useRef(next);
  latest.current = next;
  useLayoutEffect(() => {
    const element = from.current;
    return () => {
      if (element?.contains(document.activeElement) !== true) return;
      // Its successor may be in the same rendering, which ends before the next task.
      setTimeout(() => passFocus(latest.current()));
    };
  }, []);
  return from;
}

function passFocus(to: Element | null | undefined): void {
  if (!(to instanceof HTMLElement) || document.activeElement !== document.body) return;
  if (to.tabIndex < 0) to.tabIndex = -1;
  to.focus({ preventScroll: true });
}
