/** The library in CommonJS: the types are those of the module. */

import type { QueueClient } from "troupe";

import troupe = require("troupe");

export async function ask(): Promise<boolean> {
  const client: QueueClient = troupe.connect("http://127.0.0.1:7878");
  try {
    await client.agentFind("a1");
    return true;
  } catch (error) {
    return error instanceof troupe.TroupeError && error.code === "AGENT_UNKNOWN";
  }
}
