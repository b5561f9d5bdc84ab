/** Gateways with own BAML functions, and two scripted models, as the tests of this folder need them. */

import type { LlmCallOptions } from "../../../src/agents/llm.ts";
import { type LlmGateway, openLlm } from "../../../src/llm/gateway.ts";
import type { OwnPrompts } from "../../../src/llm/prompts/own-prompts.ts";
import { makePrompts } from "../../../src/llm/prompts/prompts.ts";
import type { LlmUsage } from "../../../src/model/llm-call.ts";
import { codeCacheEnv } from "../../support/code-cache.ts";
import { type Fate, type ScriptedModel, startScriptedModel } from "../../support/scripted-model.ts";
import { clientOf, settingsFor } from "../scripted-gateway.ts";

export type AnyLlm = Readonly<
  Record<string, (args?: object, options?: LlmCallOptions<unknown>) => Promise<unknown>>
>;

export function own(source: string, env: Readonly<Record<string, string>> = {}): OwnPrompts {
  const prompts = makePrompts({ "baml_src/own.baml": source });
  return { prompts, env, proxyEnv: {}, fault: Promise.resolve(undefined) };
}

interface Setup extends AsyncDisposable {
  readonly gateway: LlmGateway;
  /** The model of the settings, and another one. */
  readonly fleet: ScriptedModel;
  readonly other: ScriptedModel;
  readonly llm: AnyLlm;
  readonly usages: readonly LlmUsage[];
}

export async function setUp(
  source: (otherUrl: string) => string,
  fates: { readonly fleet?: Fate; readonly other?: Fate | (() => Fate) } = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Setup> {
  const fleet = await startScriptedModel({ answer: () => fates.fleet ?? "ok" });
  const other = await startScriptedModel({
    answer: () => (typeof fates.other === "function" ? fates.other() : (fates.other ?? "ok")),
  });
  const settings = settingsFor(fleet, { model: "fleet-model" });
  const gateway = openLlm(settings, { threadEnv: codeCacheEnv });
  await gateway.reconfigure(settings, own(source(other.baseUrl), env));
  const usages: LlmUsage[] = [];
  const llm = clientOf(gateway, { onUsage: (usage) => usages.push(usage) }) as unknown as AnyLlm;
  return {
    gateway,
    fleet,
    other,
    llm,
    usages,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await fleet.close();
      await other.close();
    },
  };
}

export const greet = (client: string) => `function Greet(who: string) -> string {
  client ${client}
  prompt #"Hello {{ who }}"#
}
`;

export const bigClient = (baseUrl: string, more = "") => `client<llm> Big {
  provider openai-generic
  options {
    base_url "${baseUrl}"
    model "big-model"
    temperature 0.25
    ${more}
  }
}
`;
