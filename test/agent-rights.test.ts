/** What agents' threads may see of the environment, and load. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { agentEnvironment, agentRights, loadSettings } from "../src/settings/config.ts";
import { makeTempFolder } from "./support/temp-folder.ts";

/** There is no such file. */
const NOWHERE = "/nowhere/.env";

describe("TROUPE_AGENT_ENV", () => {
  test("names what agents' threads see besides the usual, from the environment or `.env`", () => {
    const env = { TROUPE_AGENT_ENV: "REGION, WEATHER_API_KEY,EMPTY", REGION: "eu", OTHER: "o" };
    const settings = loadSettings({ envFile: NOWHERE, env: { ...env, WEATHER_API_KEY: "w" } });
    const { env: seen, mayLoadAddons } = agentRights(settings);
    expect(seen).toEqual({ ...agentEnvironment(), REGION: "eu", WEATHER_API_KEY: "w" });
    expect(mayLoadAddons).toBe(false);
    expect(settings.warnings).toEqual(["EMPTY, which TROUPE_AGENT_ENV names, is not set"]);
  });

  test.each([
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "TROUPE_TOKEN",
    "NODE_OPTIONS",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
  ])("refuses %s", (name) => {
    const read = () =>
      loadSettings({
        envFile: NOWHERE,
        env: { TROUPE_AGENT_ENV: `REGION,${name}`, REGION: "eu" },
      });
    expect(read).toThrow(expect.objectContaining({ code: "SETTING_INVALID" }));
    expect(read).toThrow(`TROUPE_AGENT_ENV must not have ${name}`);
  });

  test("refuses a key that models.json names", async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, "models.json");
    const mine = { provider: "openai-generic", base_url: "http://h/v1", key: "MINE_API_KEY" };
    await writeFile(path, JSON.stringify({ mine }));
    const env = { TROUPE_MODELS: path, TROUPE_AGENT_ENV: "MINE_API_KEY", MINE_API_KEY: "k" };
    expect(() => loadSettings({ envFile: NOWHERE, env })).toThrow(
      "TROUPE_AGENT_ENV must not have MINE_API_KEY",
    );
  });

  test("takes names alone", () => {
    expect(() => loadSettings({ envFile: NOWHERE, env: { TROUPE_AGENT_ENV: "A=1" } })).toThrow(
      /names of environment/,
    );
  });
});

test("TROUPE_AGENT_ADDONS allows add-ons, and knows two words", () => {
  const read = (TROUPE_AGENT_ADDONS: string) =>
    agentRights(loadSettings({ envFile: NOWHERE, env: { TROUPE_AGENT_ADDONS } })).mayLoadAddons;
  expect([read("allow"), read("refuse")]).toEqual([true, false]);
  expect(() => read("yes")).toThrow("must be refuse or allow");
});

test("providers' keys are set apart and reach no thread", () => {
  const env = { OPENAI_API_KEY: "k", OLLAMA_HOST: "h", OTHER: "o" };
  const { llmEnv } = loadSettings({ envFile: NOWHERE, env });
  expect(llmEnv).toEqual({ OPENAI_API_KEY: "k", OLLAMA_HOST: "h" });
  for (const name of ["OPENAI_API_KEY", "TROUPE_TOKEN", "NPM_TOKEN", "NODE_OPTIONS"]) {
    vi.stubEnv(name, "--secret");
  }
  vi.stubEnv("TZ", "UTC");
  expect(agentEnvironment()).toMatchObject({ TZ: "UTC" });
  expect(Object.values(agentEnvironment())).not.toContain("--secret");
  vi.unstubAllEnvs();
});
