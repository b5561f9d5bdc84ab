/** The pool's threads: made when they are needed, and closed with the gateway. */

import { describe, expect, it } from "vitest";
import { openLlm } from "../../src/llm/gateway.ts";
import { clientOf, failure, prompt } from "./scripted-gateway.ts";

describe("the pool", () => {
  it("is made by the first call, unless it was made before", async () => {
    await using called = openLlm({ provider: "offline", concurrency: 1, env: {} });
    expect(await clientOf(called).Ask({ prompt: "who are you?" })).toContain("not a language");
    await using opened = openLlm({ provider: "offline", concurrency: 1, env: {} });
    await opened.open();
    await opened.open();
    expect(await clientOf(opened).Ask({ prompt: "who are you?" })).toContain("not a language");
  });

  it("fails each call while it cannot be made, and is tried again", async () => {
    const threadEnv = { NODE_OPTIONS: "--require /nowhere.cjs" };
    await using gateway = openLlm({ provider: "offline", concurrency: 1, env: {} }, { threadEnv });
    for (let call = 1; call <= 2; call += 1) {
      const { code, message } = await failure(clientOf(gateway).Ask({ prompt }));
      expect(code).toBe("LLM_UNAVAILABLE");
      expect(message).toContain("BAML cannot be loaded");
      expect(gateway.counters()).toMatchObject({ failures: call, inFlight: 0 });
    }
  });

  it("that is being made is closed with the gateway, and the first call ends", async () => {
    const gateway = openLlm({ provider: "offline", concurrency: 1, env: {} });
    const call = clientOf(gateway).Ask({ prompt: "who are you?" });
    const [ended] = await Promise.allSettled([call, gateway.close()]);
    if (ended.status === "rejected") expect(ended.reason.code).toMatch(/^LLM_/);
    await gateway.open(); // makes none
    expect(gateway.counters()).toMatchObject({ inFlight: 0 });
  });
});
