/** A part of the page that scrolls. It can have the focus, so that keys scroll it too. */

import type { HTMLAttributes, Ref } from "preact";

interface ScrollPanelProps extends HTMLAttributes<HTMLDivElement> {
  readonly panel?: Ref<HTMLDivElement>;
}

export function ScrollPanel({ panel = null, ...attributes }: ScrollPanelProps) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: without the focus, no key would scroll it
  return <div tabIndex={0} ref={panel} {...attributes} />;
}

/** The same for text as it is. */
export function ScrollText(attributes: HTMLAttributes<HTMLPreElement>) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: without the focus, no key would scroll it
  return <pre tabIndex={0} {...attributes} />;
}
