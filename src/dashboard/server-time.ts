/** What time it is at the server, as far as the page knows. */

import { ServerClock } from "./state/server-clock.ts";

export const serverClock = new ServerClock();

/** Milliseconds since the epoch by the server's clock; by the browser's before the first reading. */
export function timeNow(): number {
  return serverClock.at(Date.now());
}
