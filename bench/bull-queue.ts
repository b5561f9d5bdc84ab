/** BullMQ as a measured queue: its own Redis, its worker in this process. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Queue, Worker } from "bullmq";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { CALLERS, type MeasuredQueue } from "./measured-queue.ts";

/** When Redis syncs its log: once a second, or before it answers. */
export type AppendSync = "everysec" | "always";

const NAME = "bench";

export async function openBullQueue(appendfsync: AppendSync): Promise<MeasuredQueue> {
  await using opened = new AsyncDisposableStack();
  const port = await startRedis(appendfsync, opened);
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  const defaultJobOptions = { removeOnComplete: true };
  const jobs = new Queue<{ readonly key: number }>(NAME, { connection, defaultJobOptions });
  opened.defer(() => jobs.close());
  const stored = new Queue(`${NAME}-stored`, { connection, defaultJobOptions });
  opened.defer(() => stored.close());
  const worker = new Worker<{ readonly key: number }>(
    NAME,
    async ({ data: { key } }) => queue.onReceived(key, performance.timeOrigin + performance.now()),
    { connection, concurrency: CALLERS },
  );
  opened.defer(() => worker.close());
  await worker.waitUntilReady();
  const closing = opened.move();
  const queue: MeasuredQueue = {
    send: (_caller, keys) => addAll(jobs, keys),
    store: (keys) => addAll(stored, keys),
    onReceived: () => undefined,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
  return queue;
}

function addAll(queue: Queue, keys: readonly number[]): Promise<unknown> {
  const [key] = keys;
  if (keys.length === 1) return queue.add(NAME, { key });
  return queue.addBulk(keys.map((key) => ({ name: NAME, data: { key } })));
}

async function startRedis(appendfsync: AppendSync, opened: AsyncDisposableStack): Promise<number> {
  const { path } = opened.use(await makeTempFolder());
  const port = await freePort();
  const settings = { port, bind: "127.0.0.1", dir: path, appendonly: "yes", appendfsync, save: "" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const redis = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  opened.defer(() => end(redis));
  for await (const line of createInterface(redis.stdout)) {
    if (line.includes("Ready to accept connections")) {
      redis.stdout.resume();
      return port;
    }
  }
  throw new Error("redis-server ended without accepting connections");
}

async function end(redis: ChildProcess): Promise<void> {
  const exited = once(redis, "exit");
  redis.kill();
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
