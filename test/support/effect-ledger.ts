/**
 * A service that agents have effects on, and that counts them: what it has counted is what really happened,
 * whatever the program that called it remembers.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { until } from "./until.ts";

/** A place in an agent's code. */
export interface Passing {
  readonly agent: string;
  /** `before`, `inside`, `answered` or `returned` of an effect; `counted` is the service's own. */
  readonly place: string;
  readonly order: number;
  readonly kind: string;
  readonly key: string;
  /** What `ctx.once` has returned; null elsewhere, and for undefined. */
  readonly result: unknown;
}

export interface EffectLedger extends AsyncDisposable {
  readonly url: string;
  /** By agent, order and kind: the keys of all calls, in their order. */
  readonly calls: ReadonlyMap<string, readonly string[]>;
  /** All places that were passed, in their order. */
  readonly passings: readonly Passing[];
  /** Resolves once nobody is connected: all that a caller sent before its death has arrived. */
  quiet(): Promise<void>;
}

/**
 * @param onPass may delay the answer, which lets the agent pass; returns false to leave this place without an
 * answer: the agent passes it only by its end
 */
export async function startLedger(
  onPass: (passing: Passing) => boolean | Promise<boolean>,
): Promise<EffectLedger> {
  const calls = new Map<string, string[]>();
  const passings: Passing[] = [];
  const serve = async (message: IncomingMessage, response: ServerResponse) => {
    const passing = JSON.parse(await text(message)) as Passing;
    if (passing.place === "counted") {
      const name = callName(passing);
      calls.set(name, [...(calls.get(name) ?? []), passing.key]);
    }
    passings.push(passing);
    if (await onPass(passing)) response.end("7");
  };
  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    calls,
    passings,
    quiet: async () => {
      await until(async () => (await promisify(server.getConnections.bind(server))()) === 0);
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

export function callName({
  agent,
  order,
  kind,
}: Pick<Passing, "agent" | "order" | "kind">): string {
  return `${agent} ${order} ${kind}`;
}

/**
 * A module of an agent that has three effects in each step, one for each way to treat unknown outcomes.
 * Its context counts the orders that are complete.
 */
export const buyerModule = `
export default {
  type: "buyer",
  async step(ctx) {
    const order = (ctx.context?.orders ?? 0) + 1;
    const { url, orders } = ctx.config;
    const tell = async (place, kind, key = "", result = null) => {
      const body = JSON.stringify({ agent: ctx.agentId, place, order, kind, key, result });
      return await (await fetch(url, { method: "POST", body })).json();
    };
    for (const kind of ["retry", "skip", "ask"]) {
      await tell("before", kind);
      const result = await ctx.once("buy " + kind, async ({ idempotencyKey }) => {
        await tell("inside", kind, idempotencyKey);
        const receipt = await tell("counted", kind, idempotencyKey);
        await tell("answered", kind, idempotencyKey);
        return receipt;
      }, { unknown: kind });
      await tell("returned", kind, "", result);
    }
    return { result: String(order), context: { orders: order }, done: order >= orders };
  },
};`;
