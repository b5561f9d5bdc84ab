// Never yields: measures what a termination takes.
import { parentPort } from "node:worker_threads";

parentPort.postMessage("busy");
for (;;);
