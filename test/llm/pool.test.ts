/** The pool's threads: made when they are needed, and closed with the gateway. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLlm } from "../../src/llm/gateway.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { clientOf, failure, prompt, until } from "./scripted-gateway.ts";

describe("the pool", () => {
  it("is made by the first call, unless it was made before", async () => {
    await using called = openLlm({ provider: "offline", concurrency: 1, env: {} });
    expect(await clientOf(called).Ask({ prompt: "who are you?" })).toContain("not a language");
    await using opened = openLlm({ provider: "offline", concurrency: 1, env: {} });
    await opened.open();
    await opened.open();
    expect(await clientOf(opened).Ask({ prompt: "who are you?" })).toContain("not a language");
  });

  it("fails each call while BAML cannot be loaded, and is made again after a reload", async () => {
    await using folder = await makeTempFolder();
    const late = join(folder.path, "late.cjs");
    const threadEnv = { NODE_OPTIONS: `--require ${late}` };
    const settings = { provider: "offline", concurrency: 1, env: {} } as const;
    await using gateway = openLlm(settings, { threadEnv });
    expect(gateway.fault).toBeUndefined();
    for (let call = 1; call <= 2; call += 1) {
      const { code, message } = await failure(clientOf(gateway).Ask({ prompt }));
      expect(code).toBe("LLM_RUNTIME_BROKEN");
      expect(message).toContain("BAML cannot be loaded");
      expect(message).not.toContain(folder.path);
      expect(gateway.counters()).toMatchObject({ failures: call, inFlight: 0 });
    }
    expect(gateway.fault).toMatchObject({ code: "LLM_RUNTIME_BROKEN" });
    await expect(gateway.open()).rejects.toMatchObject({ cause: expect.any(Error) });
    await writeFile(late, "");
    await gateway.reconfigure(settings);
    await until(() => gateway.fault === undefined);
    expect(await clientOf(gateway).Ask({ prompt: "who are you?" })).toContain("not a language");
  });

  it("imports its module: a thread that ends while it requires one aborts the process", async () => {
    await using folder = await makeTempFolder();
    const early = join(folder.path, "early.cjs");
    const answer = join(folder.path, "answer");
    const say = `String(process.features.require_module)`;
    await writeFile(early, `require("node:fs").writeFileSync(${JSON.stringify(answer)}, ${say});`);
    const threadEnv = { NODE_OPTIONS: `--require ${early}` };
    const settings = { provider: "offline", concurrency: 1, env: {} } as const;
    await using gateway = openLlm(settings, { threadEnv });
    await gateway.open();
    expect(await readFile(answer, "utf8")).toBe("false");
  });

  it("fails calls if BAML's native library is missing", async () => {
    const threadEnv = { NAPI_RS_NATIVE_LIBRARY_PATH: "/nowhere/baml.node" };
    const settings = { provider: "offline", concurrency: 1, env: {} } as const;
    await using gateway = openLlm(settings, { threadEnv });
    const { code } = await failure(clientOf(gateway).Ask({ prompt }));
    expect(code).toBe("LLM_RUNTIME_BROKEN");
    expect(String(gateway.fault?.cause)).toContain("native binding");
  });

  it("that never ends loading is given up", async () => {
    await using folder = await makeTempFolder();
    const library = join(folder.path, "endless.cjs");
    await writeFile(library, "for (;;);");
    const threadEnv = { NAPI_RS_NATIVE_LIBRARY_PATH: library };
    const settings = { provider: "offline", concurrency: 1, env: {} } as const;
    await using gateway = openLlm(settings, { threadEnv, loadMs: 500 });
    const { code } = await failure(clientOf(gateway).Ask({ prompt }));
    expect(code).toBe("LLM_RUNTIME_BROKEN");
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
