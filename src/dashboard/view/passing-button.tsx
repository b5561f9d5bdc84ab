/** A button that is gone after its work: it passes the focus on, which would fall to the page otherwise. */

import type { ButtonHTMLAttributes } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface PassingButtonProps extends ButtonHTMLAttributes {
  /** Where a reader continues. */
  readonly next: () => Element | null | undefined;
}

export function PassingButton({ next, children, ...attributes }: PassingButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  const latest = useRef(next);
  latest.current = next;
  useLayoutEffect(() => {
    const element = button.current;
    return () => {
      if (element !== document.activeElement) return;
      // Its successor may be in the same rendering, which ends before the next task.
      setTimeout(() => passFocus(latest.current()));
    };
  }, []);
  return (
    <button type="button" ref={button} {...attributes}>
      {children}
    </button>
  );
}

function passFocus(to: Element | null | undefined): void {
  if (!(to instanceof HTMLElement) || document.activeElement !== document.body) return;
  if (to.tabIndex < 0) to.tabIndex = -1;
  to.focus({ preventScroll: true });
}
