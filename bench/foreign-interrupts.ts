/** Enqueues interrupts from its own process; arguments: database, how many, pause in milliseconds. */

import { setTimeout as delay } from "node:timers/promises";
import { openQueue } from "troupe";

const [location = "", count = "0", pauseMs = "0"] = process.argv.slice(2);

await using queue = await openQueue(location);
for (let n = 0; n < Number(count); n += 1) {
  const sentAt = performance.timeOrigin + performance.now();
  await queue.agentInterrupt("probe0", "bench", { sentAt });
  await delay(Number(pauseMs));
}
