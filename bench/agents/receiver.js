/** Reports on its own channel the key of each guidance, and when its code received it. */

import { BroadcastChannel } from "node:worker_threads";

let channel;

export default {
  type: "receiver",
  onInterrupt({ agentId }, { key }) {
    channel ??= new BroadcastChannel(`received by ${agentId}`);
    channel.postMessage([key, performance.timeOrigin + performance.now()]);
  },
  step: () => ({ result: "received" }),
};
