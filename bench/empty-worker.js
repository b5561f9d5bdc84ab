// Does nothing, for ever: what a thread costs by itself.
import { parentPort } from "node:worker_threads";

parentPort.on("message", () => undefined);
