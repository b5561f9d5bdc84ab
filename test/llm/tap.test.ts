import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { createLlm } from "../../src/actor/llm-client.ts";
import type { OnPartial } from "../../src/llm/tap.ts";
import { prompt, setUp } from "./scripted-gateway.ts";

type Setup = Awaited<ReturnType<typeof setUp>>;

/** A client whose calls are watched by `onPartial`. */
function watched({ gateway }: Setup, watch: () => OnPartial) {
  return createLlm((request, port) => gateway.call({ request, port, watch }));
}

describe("a watched call", () => {
  test("is streamed, shows the answer as it grows, and answers as ever", async () => {
    await using setup = await setUp(() => ({ kind: "slow_stream", text: "one two three" }));
    const seen = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
    let count = 0;
    const llm = watched(setup, () => (value) => seen[count++]?.resolve(value));
    const answer = llm.Ask({ prompt });
    const request = await setup.model.request(0);
    expect(request.isStream).toBe(true);
    request.release();
    expect(await seen[0]?.promise).toBe("one");
    request.release();
    expect(await seen[1]?.promise).toBe("one two");
    request.release();
    expect(await answer).toBe("one two three");
  });

  test("gives its agent partials only if it requested them", async () => {
    await using setup = await setUp(() => ({ kind: "slow_stream", text: "one two" }));
    const seen = Promise.withResolvers<unknown>();
    const watch = () => (value: unknown) => seen.resolve(value);
    const { port1, port2 } = new MessageChannel();
    const replies: unknown[] = [];
    port1.on("message", (reply) => replies.push(reply));
    const quiet = { function: "Ask", args: { prompt }, wantsPartials: false };
    setup.gateway.call({ request: quiet, port: port2, watch });
    const request = await setup.model.request(0);
    request.release();
    await seen.promise;
    request.release();
    await once(port1, "close");
    expect(replies).toMatchObject([{ kind: "done", value: "one two" }]);
    const llm = watched(setup, watch);
    const own: string[] = [];
    const loud = llm.Ask({ prompt }, { onPartial: (partial) => own.push(partial) });
    const next = await setup.model.request(1);
    next.release();
    next.release();
    await loud;
    expect(own.length).toBeGreaterThan(0);
  });
});

test("a call without watchers is not streamed", async () => {
  await using setup = await setUp(() => ({ kind: "ok", text: "fine" }));
  expect(await watched(setup, () => undefined).Ask({ prompt })).toBe("fine");
  expect(setup.model.requests[0]?.isStream).toBe(false);
});

test("whether a call is watched is checked when its turn comes", async () => {
  await using setup = await setUp(() => "slow", { concurrency: 1 });
  let asked = 0;
  const llm = watched(setup, () => {
    asked += 1;
    return undefined;
  });
  const calls = [llm.Ask({ prompt }), llm.Ask({ prompt })];
  const first = await setup.model.request(0);
  expect(asked).toBe(1);
  first.release();
  (await setup.model.request(1)).release();
  await Promise.all(calls);
  expect(asked).toBe(2);
});
