/**
 * How much larger the reader's text is than a browser's default. The lengths of the styles follow it as
 * `rem`; what is placed or painted in pixels multiplies by this.
 */

import { signal } from "@preact/signals";

/** Pixels of a `rem` in a browser whose settings nobody has changed. */
const REM_PX = 16;

export const textScale = signal(1);

/** The settings of the browser may change while the page is open. */
export function followTextSize(): void {
  const probe = document.createElement("div");
  probe.className = "text-probe";
  document.body.append(probe);
  const read = () => {
    textScale.value = probe.getBoundingClientRect().width / REM_PX;
  };
  read();
  new ResizeObserver(read).observe(probe);
}
