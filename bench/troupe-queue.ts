/** Troupe as a measured queue, in this process: each caller has its own agent. */

import { BroadcastChannel } from "node:worker_threads";
import { createAgents } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { CALLERS, type MeasuredQueue } from "./measured-queue.ts";

const RESTING = { interval_ms: 3_600_000 };
const DAY_MS = 86_400_000;

export async function openTroupeQueue(): Promise<MeasuredQueue> {
  await using opened = new AsyncDisposableStack();
  const { troupe } = opened.use(await startFleet());
  await createAgents(troupe, CALLERS, "receiver", RESTING, "receiver");
  const channels = Array.from({ length: CALLERS }, (_, caller) => {
    const channel = new BroadcastChannel(`received by receiver${caller}`);
    opened.defer(() => channel.close());
    return channel;
  });
  const closing = opened.move();
  const queue: MeasuredQueue = {
    send: (caller, keys) =>
      troupe.queue.append(keys.map((key) => interruptOf(`receiver${caller}`, key))),
    store: (keys) => {
      const not_before = Date.now() + DAY_MS;
      return troupe.queue.append(
        keys.map((key) => ({ ...interruptOf(`receiver${key % CALLERS}`, key), not_before })),
      );
    },
    onReceived: () => undefined,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
  for (const channel of channels) {
    channel.onmessage = ({ data: [key, atMs] }: { data: readonly [number, number] }) =>
      queue.onReceived(key, atMs);
  }
  return queue;
}

function interruptOf(agent_id: string, key: number) {
  const payload = { agent_id, guidance: { key } };
  return { action: "agent_interrupt", actor: "bench", agent_id, payload };
}
