/**
 * The turns of reads of lists: so many are made at the same time, and others wait for theirs, in order. A page
 * is decoded whole, so hundreds at the same time would take gigabytes, and each would miss its deadline.
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import { isObject } from "../../model/parse-json.ts";
import type { App } from "../routes/route-parts.ts";

/** Reads of lists at the same time. */
export const LISTS_READ_MAX = 16;

/** Must be called before the routes are added: those with a cursor are lists. */
export function readListsInTurn(app: App): void {
  const turns = new Turns();
  const ends = new WeakMap<FastifyRequest, () => void>();
  app.addHook("onRoute", (route) => {
    if (!isList(route.schema?.querystring)) return;
    const begin = async (request: FastifyRequest, reply: FastifyReply) => {
      const end = await turns.take();
      ends.set(request, end);
      reply.raw.once("close", end);
      if (!request.socket.destroyed) return;
      // Its client is gone.
      end();
      reply.hijack();
    };
    // The page is read; how long its client takes for it is another matter.
    const release = async (request: FastifyRequest) => ends.get(request)?.();
    route.preHandler = [route.preHandler ?? [], begin].flat();
    route.onSend = [route.onSend ?? [], release].flat();
  });
}

function isList(query: unknown): boolean {
  return isObject(query) && isObject(query["properties"]) && "cursor" in query["properties"];
}

class Turns {
  #running = 0;
  readonly #waiting = new Set<() => void>();

  /** Resolves with what ends the turn; it may be called again. */
  async take(): Promise<() => void> {
    if (this.#running < LISTS_READ_MAX) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.add(resolve));
    let isOver = false;
    return () => {
      if (!isOver) this.#pass();
      isOver = true;
    };
  }

  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
