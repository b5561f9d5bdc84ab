/** The heading of a page, from which readers continue who came by a key or a link that is gone. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PageHeadingProps {
  readonly children: ComponentChildren;
  readonly id?: string;
  readonly isHidden?: boolean;
}

/** Takes the focus if nothing has it: otherwise it would be at the top, before all links to pages. */
export function PageHeading({ children, id, isHidden = false }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 id={id} class={isHidden ? "hidden-text" : undefined} ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
