/** The server's time, as far as the page knows it. */

import { ServerClock } from "./state/server-clock.ts";

export const serverClock = new ServerClock();

/**
 * Milliseconds since the epoch by the server's clock, or by the browser's before the first reading.
 */
export function timeNow(): number {
  return serverClock.at(Date.now());
}
