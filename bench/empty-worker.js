// Does nothing, for ever: measures the cost of a thread alone.
import { parentPort } from "node:worker_threads";

parentPort.on("message", () => undefined);
