import { describe, expect, it } from "vitest";
import {
  describeClient,
  LLM_CONCURRENCY_MAX,
  type LlmSettings,
  resolveClient,
} from "../../src/llm/model-client.ts";
import { providerNames, variablesOf } from "../../src/llm/providers.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { findSecrets } from "../../src/secrets.ts";
import { loadSettings } from "../../src/settings/config.ts";

const base: LlmSettings = { provider: "auto", concurrency: 4, env: {} };
const allKeys: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    providerNames.flatMap(variablesOf).map((name) => [name, `sk-${name.toLowerCase()}-secret`]),
  ),
  OLLAMA_HOST: "localhost",
};

function refusal(settings: Partial<LlmSettings>): TroupeError {
  try {
    resolveClient({ ...base, ...settings });
  } catch (error) {
    if (error instanceof TroupeError) return error;
  }
  throw new Error("was accepted");
}

describe("providers", () => {
  it.each([
    [allKeys, "openai"],
    [{ ...allKeys, OPENAI_API_KEY: "" }, "anthropic"],
    [{ OLLAMA_HOST: "box" }, "ollama"],
    [{ GOOGLE_API_KEY: "k" }, "google-ai"],
    [{ GEMINI_API_KEY: "k" }, "google-ai"],
    [{ OPENROUTER_API_KEY: "k" }, "openrouter"],
    [{ GROQ_API_KEY: "k" }, "groq"],
    [{ TOGETHER_API_KEY: "k" }, "together"],
    [{ CEREBRAS_API_KEY: "k" }, "cerebras"],
    [{ AI_GATEWAY_API_KEY: "k" }, "vercel-ai-gateway"],
    [{ HF_TOKEN: "k" }, "offline"],
    [{ AZURE_OPENAI_API_KEY: "k" }, "offline"],
    [{}, "offline"],
  ])("auto takes the first whose key or host is set", (env, provider) => {
    expect(resolveClient({ ...base, env }).provider).toBe(provider);
  });

  it("auto takes a deployment of Azure if one is named", () => {
    const env = { AZURE_OPENAI_API_KEY: "k", AZURE_OPENAI_ENDPOINT: "https://a.example/" };
    const client = resolveClient({ ...base, env, model: "mine" });
    expect(client.env).toEqual({
      MODEL_BASE_URL: "https://a.example/openai/deployments/mine",
      MODEL_NAME: "mine",
      MODEL_API_KEY: "k",
    });
    expect(client.source).toContain('api_version "2024-10-21"');
  });

  it("auto with an address of one's own sends no other provider's key there", () => {
    const env = { ANTHROPIC_API_KEY: "sk-ant-secret" };
    const client = resolveClient({ ...base, baseUrl: "http://box:8000/v1/", env });
    expect(client.provider).toBe("openai-generic");
    expect(client.env).toEqual({ MODEL_BASE_URL: "http://box:8000/v1", MODEL_NAME: "default" });
  });

  it("uses the model and the address that are set", () => {
    const client = resolveClient({
      ...base,
      provider: "anthropic",
      model: "claude-x",
      baseUrl: "https://proxy.example/a",
      env: allKeys,
    });
    expect(client.env).toEqual({
      MODEL_BASE_URL: "https://proxy.example/a",
      MODEL_NAME: "claude-x",
      MODEL_API_KEY: "sk-anthropic_api_key-secret",
    });
    expect(describeClient(client)).toBe("anthropic claude-x at proxy.example");
  });

  it.each([
    ["", "http://127.0.0.1:11434/v1"],
    ["0.0.0.0", "http://127.0.0.1:11434/v1"],
    ["box:1234", "http://box:1234/v1"],
    ["https://ollama.example", "https://ollama.example/v1"],
    ["http://box:80/proxy", "http://box:11434/proxy"],
  ])("takes OLLAMA_HOST %j as %j", (host, url) => {
    const client = resolveClient({ ...base, provider: "ollama", env: { OLLAMA_HOST: host } });
    expect(client.env["MODEL_BASE_URL"]).toBe(url);
    expect(client.env["MODEL_API_KEY"]).toBeUndefined();
  });

  it.each(providerNames)("keeps what was set from outside of %s out of its source", (provider) => {
    const client = resolveClient({
      ...base,
      provider,
      env: allKeys,
      baseUrl: "http://h/v1",
      model: 'm"}',
    });
    for (const text of [...Object.values(allKeys), "http://h", 'm"}']) {
      expect(client.source).not.toContain(text);
    }
    expect(describeClient(client)).not.toMatch(/secret/);
  });

  it("refuses an unknown provider and names those there are", () => {
    const error = refusal({ provider: "opnai" });
    expect(error.code).toBe("SETTING_INVALID");
    expect(error.message).toContain('"opnai"');
    for (const name of providerNames) expect(error.message).toContain(name);
    expect(refusal({ provider: "constructor" }).code).toBe("SETTING_INVALID");
  });

  it.each([
    ["openai", "OPENAI_API_KEY"],
    ["anthropic", "ANTHROPIC_API_KEY"],
    ["google-ai", "GEMINI_API_KEY"],
    ["openrouter", "OPENROUTER_API_KEY"],
    ["openai-generic", "TROUPE_LLM_BASE_URL"],
  ])("refuses %s without %s", (provider, missing) => {
    const error = refusal({ provider });
    expect(error.code).toBe("SETTING_INVALID");
    expect(error.message).toContain(missing);
  });

  it.each([
    "nonsense",
    "ftp://h/v1",
    "http://user:pass@h/v1",
    "http://h/v1?key=pass",
    "http://h/#x",
  ])("refuses the address %s without showing a password", (baseUrl) => {
    const error = refusal({ provider: "openai-generic", baseUrl });
    expect(error.code).toBe("SETTING_INVALID");
    expect(error.message).not.toContain("pass@");
    expect(error.message).not.toContain("key=pass");
  });

  it.each([0, -1, 1.5, LLM_CONCURRENCY_MAX + 1, Number.NaN])("refuses %d calls at once", (n) => {
    expect(refusal({ concurrency: n }).code).toBe("SETTING_INVALID");
  });
});

it.each(providerNames.flatMap((name) => variablesOf(name).map((variable) => [name, variable])))(
  "a model of %s is called with %s from the environment, which is kept as a secret if it is a key",
  (name, variable) => {
    const { llmEnv } = loadSettings({ env: { [variable]: "somewhere" }, envFile: "/dev/null" });
    const isKey = !/_(?:HOST|ENDPOINT)$/.test(variable);
    const env = isKey ? llmEnv : { ...allKeys, ...llmEnv };
    const at = { baseUrl: "http://somewhere", model: "m" };
    const values = Object.values(resolveClient({ provider: name, concurrency: 1, env, ...at }).env);
    expect(values.includes("somewhere")).toBe(isKey);
    expect(findSecrets({ [variable]: "k" })).toEqual(isKey ? { [variable]: "k" } : {});
    expect(llmEnv).toEqual({ [variable]: "somewhere" });
  },
);
