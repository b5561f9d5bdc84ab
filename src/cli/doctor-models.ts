/** What `troupe doctor` reports of models: those of the server, or those of this shell with their keys. */

import type { About } from "../model/agent-view.ts";
import type { ModelView } from "../model/model-view.ts";
import { fullTime } from "../picture/time-text.ts";
import type { Settings } from "../settings/config.ts";
import { type Check, fail, failed, ok, warn } from "./doctor-check.ts";

const REINSTALL = "install the packages again, for this machine's system and processor";

/** For a server that cannot call any model. */
export function runtimeFault({ code, message }: ModelFault): Check {
  return fail("model", `${code}: ${message}`, REINSTALL);
}

type ModelFault = NonNullable<About["model_fault"]>;

/** One model of the running server. */
export function describeServerModel(model: ModelView): Check {
  const { names, description, state, down_since: since, reason, waiting } = model;
  const who = `of the server: ${names.join(", ")}: ${description}`;
  const calls = waiting === 0 ? "" : `; calls that wait for it: ${waiting}`;
  if (state === "ok") return ok("model", `${who}${calls}`);
  if (state === "limited") return ok("model", `${who}, at its provider's limit${calls}`);
  const when = since === null ? "" : ` since ${fullTime(since, Date.now())}`;
  const message = `${who} has not answered${when}: ${reason ?? "no reason is known"}${calls}`;
  return warn(
    "model",
    message,
    "its calls continue when it answers; check the provider and the network",
  );
}

/** Each model of this shell's settings, with its key; one whose key is missing fails. */
export async function* checkModels(settings: Settings): AsyncGenerator<Check> {
  const { llmSettings } = await import("../environment.ts");
  const { DEFAULT_MODEL } = await import("../llm/models.ts");
  const given = llmSettings(settings);
  const { models } = given;
  if (models?.models.has(DEFAULT_MODEL) !== true) {
    yield await checkOne({ ...given, models: null }, DEFAULT_MODEL);
  }
  for (const [name, model] of models?.models ?? []) {
    // Alone, so that a key that another model lacks does not hide the rest.
    const alone = { path: models?.path ?? "", models: new Map([[name, model]]) };
    yield await checkOne({ ...given, provider: "offline", baseUrl: null, models: alone }, name);
  }
}

type Given = ReturnType<typeof import("../environment.ts")["llmSettings"]>;

async function checkOne(settings: Given, name: string): Promise<Check> {
  const { resolveModels } = await import("../llm/models.ts");
  const who = settings.models === null ? "of this shell" : `of this shell, ${name}`;
  try {
    const found = resolveModels(settings).all.find((model) => model.name === name);
    const {
      provider,
      model,
      host,
      key: secret,
    } = (found ?? resolveModels(settings).default).client;
    if (provider === "offline") {
      return ok("model", `${who}: offline model (no key is needed; it is not a language model)`);
    }
    const key = secret === null ? "no key" : "a key is set";
    return ok("model", `${who}: ${provider}, ${model} at ${host}, ${key}`);
  } catch (thrown) {
    return failed("model", thrown, "set the variable that it names, or TROUPE_LLM=offline");
  }
}

/** The library that calls the models, of this installation. */
export async function checkRuntime(): Promise<Check> {
  const { agentEnvironment } = await import("../settings/config.ts");
  const { PoolKeeper } = await import("../llm/pool-keeper.ts");
  const pool = new PoolKeeper({ env: agentEnvironment() });
  try {
    await pool.open();
    return ok("baml", "can be loaded");
  } catch (thrown) {
    return failed("baml", thrown, REINSTALL);
  } finally {
    await pool.close();
  }
}
