// Never gives its thread back: what it takes to end one by force.
import { parentPort } from "node:worker_threads";

parentPort.postMessage("busy");
for (;;);
