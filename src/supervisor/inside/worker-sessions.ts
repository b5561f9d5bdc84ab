/**
 * Sessions with the inspectors of the main thread's workers. Node attaches to all of them or to none:
 * that takes 45 µs of main's time for each, so it is done once for as long as this lives. A session of
 * which nothing is requested costs its thread nothing.
 * Invariant: no thread is ever paused. A thread that is paused by a debugger cannot be terminated, and
 * stays so even if the debugger ends.
 */

import { Session } from "node:inspector";
import { withDeadline } from "../../deadline.ts";
import { InspectorError } from "./inspector-protocol.ts";

/** Milliseconds for a session with a thread: one that has just started has none yet. */
const ATTACH_MS_MAX = 1_000;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: InspectorError) => void;
}

/** One method's result, as V8's inspector declares it. */
type Result = Readonly<Record<string, unknown>>;

export class WorkerSession {
  readonly threadId: number;
  readonly #send: (message: string) => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #hasEnded = false;

  constructor(threadId: number, send: (message: string) => void) {
    this.threadId = threadId;
    this.#send = send;
  }

  /** @throws {InspectorError} `gone`, `failed`, `silent` after so many milliseconds. */
  async ask(method: string, params: object, msMax: number): Promise<Result> {
    if (this.#hasEnded) throw hasEnded();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    try {
      this.#send(JSON.stringify({ id, method, params }));
      const late = () => new InspectorError("silent", `no answer within ${msMax / 1_000} s`);
      return (await withDeadline(promise, msMax, late)) as Result;
    } finally {
      this.#pending.delete(id);
    }
  }

  /** For a method whose result does not matter. */
  notify(method: string): void {
    this.#send(JSON.stringify({ id: ++this.#lastId, method, params: {} }));
  }

  receive(text: string): void {
    const { id, result, error } = JSON.parse(text);
    const pending = this.#pending.get(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new InspectorError("failed", String(error.message)));
  }

  end(): void {
    this.#hasEnded = true;
    for (const { reject } of this.#pending.values()) reject(hasEnded());
  }
}

function hasEnded(): InspectorError {
  return new InspectorError("gone", "the thread has ended");
}

export class WorkerSessions {
  readonly #main = new Session();
  /** By the inspector's own id, and by `threadId`. */
  readonly #byName = new Map<string, WorkerSession>();
  readonly #byThread = new Map<number, PromiseWithResolvers<WorkerSession>>();

  constructor() {
    this.#main.connectToMainThread();
    this.#main.on("NodeWorker.attachedToWorker", ({ params }) => {
      const [, threadId] = /^\[worker (\d+)\]/.exec(params.workerInfo.title) ?? [];
      this.#attach(params.sessionId, Number(threadId));
    });
    this.#main.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
      this.#byName.get(params.sessionId)?.receive(params.message);
    });
    this.#main.on("NodeWorker.detachedFromWorker", ({ params }) => {
      this.#detach(params.sessionId);
    });
    this.#main.post("NodeWorker.enable", { waitForDebuggerOnStart: false });
  }

  /** @throws {InspectorError} `gone` if there is no such thread. */
  find(threadId: number): Promise<WorkerSession> {
    const late = () => new InspectorError("gone", "the thread is not there");
    return withDeadline(this.#of(threadId).promise, ATTACH_MS_MAX, late);
  }

  #attach(sessionId: string, threadId: number): void {
    const send = (message: string) =>
      this.#main.post("NodeWorker.sendMessageToWorker", { sessionId, message });
    const session = new WorkerSession(threadId, send);
    this.#byName.set(sessionId, session);
    this.#of(threadId).resolve(session);
  }

  #detach(sessionId: string): void {
    const session = this.#byName.get(sessionId);
    if (session === undefined) return;
    session.end();
    this.#byName.delete(sessionId);
    this.#byThread.delete(session.threadId);
  }

  #of(threadId: number): PromiseWithResolvers<WorkerSession> {
    const found = this.#byThread.get(threadId) ?? Promise.withResolvers<WorkerSession>();
    this.#byThread.set(threadId, found);
    return found;
  }
}
