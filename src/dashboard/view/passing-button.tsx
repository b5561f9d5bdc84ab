/** A button that is gone after its work, and passes the focus on. */

import type { ButtonHTMLAttributes } from "preact";
import { usePassedFocus } from "./passed-focus.ts";

interface PassingButtonProps extends ButtonHTMLAttributes {
  /** Where a reader continues. */
  readonly next: () => Element | null | undefined;
}

export function PassingButton({ next, children, ...attributes }: PassingButtonProps) {
  const button = usePassedFocus<HTMLButtonElement>(next);
  return (
    <button type="button" ref={button} {...attributes}>
      {children}
    </button>
  );
}
