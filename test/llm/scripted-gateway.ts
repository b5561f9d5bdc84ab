/** A gateway to a scripted model, and a client of it, as the tests of this folder need them. */

import { expect } from "vitest";
import { createLlm, type LlmClientOptions } from "../../src/actor/llm-client.ts";
import type { Llm } from "../../src/agents/llm.ts";
import { type LlmGateway, type LlmOptions, openLlm } from "../../src/llm/gateway.ts";
import type { LlmSettings } from "../../src/llm/model-client.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { codeCacheEnv } from "../support/code-cache.ts";
import { type Fate, type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";

export const key = "sk-the-secret-key";
export const prompt = "a prompt that nobody must find in a message";

export function settingsFor(model: ScriptedModel, more: Partial<LlmSettings> = {}): LlmSettings {
  const env = { OPENAI_API_KEY: key };
  return { provider: "openai-generic", baseUrl: model.baseUrl, concurrency: 8, env, ...more };
}

interface Setup extends AsyncDisposable {
  readonly model: ScriptedModel;
  readonly gateway: LlmGateway;
  readonly llm: Llm;
}

/** A scripted model, a gateway to it and a client of that. */
export async function setUp(
  answer: (index: number) => Fate,
  more: Partial<LlmSettings> = {},
  options: LlmOptions & LlmClientOptions = {},
): Promise<Setup> {
  const model = await startScriptedModel({ answer: ({ index }) => answer(index) });
  const gateway = openLlm(settingsFor(model, more), { threadEnv: codeCacheEnv, ...options });
  return {
    model,
    gateway,
    llm: clientOf(gateway, options),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await model.close();
    },
  };
}

export function clientOf(gateway: LlmGateway, options: LlmClientOptions = {}): Llm {
  return createLlm((request, port) => gateway.call({ request, port }), options);
}

export async function failure(call: Promise<unknown>): Promise<TroupeError> {
  const thrown = await call.then(
    (value) => `answered ${String(value)}`,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(TroupeError);
  return thrown as TroupeError;
}

/** Turns the event loop until it holds; the test's own time limit ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}
