/** Reports on its own channel the key of each guidance, and when its code received it. */

import { BroadcastChannel } from "node:worker_threads";

/** Used here first: Node loads a large module for `performance`, which must not count as an interrupt's time. */
const { timeOrigin } = performance;

let channel;

export default {
  type: "receiver",
  onInterrupt({ agentId }, { key }) {
    channel ??= new BroadcastChannel(`received by ${agentId}`);
    channel.postMessage([key, timeOrigin + performance.now()]);
  },
  step: () => ({ result: "received" }),
};
