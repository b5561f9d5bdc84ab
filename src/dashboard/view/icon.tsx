/** The page's icons, in the colour of the surrounding text. */

import type { AgentStatus } from "../../model/agent.ts";
import { statusLooks } from "../../picture/status-look.ts";
import { isStatus } from "../../picture/status-tone.ts";

/** Paths on a field of 16 by 16. Those of statuses are in picture/status-look.ts. */
const paths = {
  search:
    "M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2Zm0 1.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Zm3.2 7.7 1-1L14.5 13.5l-1 1Z",
  plus: "M7.2 3h1.6v4.2H13v1.6H8.8V13H7.2V8.8H3V7.2h4.2Z",
  close:
    "m4.2 3.1 3.8 3.8 3.8-3.8 1.1 1.1L9.1 8l3.8 3.8-1.1 1.1L8 9.1l-3.8 3.8-1.1-1.1L6.9 8 3.1 4.2Z",
  check: "m6.3 11.9-3.7-3.7 1.1-1.1 2.6 2.6 6-6 1.1 1.1Z",
  wait: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM7.3 5h1.4v2.7l2 1.2-.7 1.2-2.7-1.6Z",
  up: "M8 4.5 12.5 11h-9Z",
  down: "M8 11.5 3.5 5h9Z",
  right: "M11.5 8 5 12.5v-9Z",
  back: "M9.8 3.2 5 8l4.8 4.8 1.1-1.1L7.2 8l3.7-3.7Z",
  system: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 1.5v9a4.5 4.5 0 0 0 0-9Z",
  light:
    "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM7.3 1h1.4v2H7.3Zm0 12h1.4v2H7.3ZM1 7.3h2v1.4H1Zm12 0h2v1.4h-2ZM2.6 3.6l1-1L5 4 4 5Zm8.4 8.4 1-1 1.4 1.4-1 1ZM2.6 12.4 4 11l1 1-1.4 1.4ZM11 4l1.4-1.4 1 1L12 5Z",
  dark: "M6.5 2a6 6 0 1 0 7.5 7.5A5 5 0 0 1 6.5 2Z",
  group: "M2 3h12v2H2Zm3 4h9v2H5Zm0 4h9v2H5Z",
  bolt: "M9 1 3 9.5h4L6.5 15l6-8.5h-4Z",
} as const;

export type IconName = keyof typeof paths | AgentStatus;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={pathOf(name)} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}

function pathOf(name: IconName): string {
  return isStatus(name) ? statusLooks[name].sign : paths[name];
}
