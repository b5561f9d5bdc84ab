/** A thread that asks a model one thing and waits, as an agent's thread does. For gateway.test.ts. */

import { parentPort } from "node:worker_threads";
import { createLlm } from "../../src/actor/llm-client.ts";

const llm = createLlm((request, port) => parentPort?.postMessage({ request, port }, [port]));
await llm.Ask({ prompt: "hold the line" });
