import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readModelFile } from "../../src/llm/model-file.ts";
import { resolveModels } from "../../src/llm/models.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { loadSettings, reloadSettings } from "../../src/settings/config.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const temporary = await makeTempFolder();
const folder = temporary.path;
const path = join(folder, "models.json");

afterAll(() => temporary[Symbol.asyncDispose]());

function write(content: unknown): string {
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function problemOf(act: () => unknown): TroupeError {
  try {
    act();
  } catch (error) {
    if (error instanceof TroupeError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

const local = { provider: "openai-generic", base_url: "http://127.0.0.1:1/v1" };

test("a whole file is read as it is written", () => {
  const model = {
    ...local,
    model: "m",
    key: "BIG_API_KEY",
    options: { temperature: 0.5, stop: ["a"] },
    functions: ["TellJoke"],
    fallback: ["default", "small"],
    rpm: 300,
    tpm: 1e6,
    price: { input: 1.5, output: 2 },
  };
  const { models } = readModelFile(write({ big: model, small: local }));
  expect([...models]).toEqual([
    ["big", model],
    ["small", local],
  ]);
});

test.each([
  ['{"a":\n  x}', /models\.json:2:3: is not valid JSON/],
  ["[]", /must be an object/],
  ['{"a": {}, "a": {}}', /: the file must have the name "a" only once/],
  ['{"1a": {}}', /"1a" must be a name/],
  ['{"a": {}}', /a must have "provider"/],
  ['{"a": {"provider": "opnai"}}', /a\.provider must be one of openai, .*got "opnai"/],
  ['{"a": {"provider": "offline", "modle": "x"}}', /a has no field "modle"/],
  [
    '{"a": {"provider": "offline", "rpm": 0}}',
    /a\.rpm must be a number above 0 and of at most 1000000000, got 0/,
  ],
  ['{"a": {"provider": "offline", "fallback": ["b"]}}', /a\.fallback\.0 must be one of a, got "b"/],
  ['{"a": {"provider": "offline", "fallback": ["a"]}}', /a\.fallback\.0 is the model itself/],
  [
    '{"a": {"provider": "offline", "options": {"api_key": "x"}}}',
    /a\.options cannot have "api_key"/,
  ],
  [
    '{"a": {"provider": "offline", "options": {"headers": {"Authorization": "x"}}}}',
    /a\.options\.headers cannot have Authorization/,
  ],
  [
    '{"a": {"provider": "offline", "functions": ["F"]}, "b": {"provider": "offline", "functions": ["F"]}}',
    /b\.functions: "F" has the model a already/,
  ],
  ['{"a": {"provider": "openai", "key": "TROUPE_TOKEN"}}', /a\.key must not be a setting/],
  ['{"a": {"provider": "openai", "key": "PATH"}}', /a\.key must be the name of an environment/],
])("%s is refused with file and place", (text, message) => {
  const error = problemOf(() => readModelFile(write(text)));
  expect(error.code).toBe("MODELS_INVALID");
  expect(error.message).toMatch(message);
  expect(error.message).toContain(path);
});

test("a key in place of its name is refused and not shown, nor is one in broken JSON", () => {
  const key = "sk-proj-this-is-a-key";
  for (const text of [
    JSON.stringify({ a: { provider: "openai", key } }),
    `{"a": {"provider": "openai", "key": "${key}" oops`,
    JSON.stringify({ a: { key } }),
    JSON.stringify({ a: { provider: "openai", key: [key] } }),
    JSON.stringify({ a: { provider: "openai", base_url: `ftp://me:${key}@host` } }),
    JSON.stringify({ a: key }),
  ]) {
    expect(problemOf(() => readModelFile(write(text))).message).not.toContain("sk-proj");
  }
});

test.each([
  [{ headers: { "X-Version": 5 } }, /a\.options\.headers\.X-Version must be text, got 5/],
  [{ headers: "X-Version: 5" }, /a\.options\.headers must be an object, got a text/],
  [{ query_params: { a: 5 } }, /a\.options\.query_params\.a must be text/],
  [{ allowed_roles: [] }, /a\.options\.allowed_roles must /],
  [{ default_role: "nobody" }, /a\.options\.default_role must be one of user, assistant, system/],
  [{ remap_roles: { user: 5 } }, /a\.options\.remap_roles\.user must be text/],
  [{ allowed_role_metadata: "some" }, /a\.options\.allowed_role_metadata must /],
  [{ supports_streaming: "yes" }, /a\.options\.supports_streaming must be true or false/],
  [{ media_url_handler: { image: "x" } }, /a\.options\.media_url_handler\.image must be one of/],
  [{ media_url_handler: { text: "send_url" } }, /media_url_handler has no field "text"/],
  [{ client_response_type: "x" }, /a\.options\.client_response_type must be one of/],
  [{ deployment_id: "x" }, /a\.options cannot have "deployment_id"/],
])("an option that BAML would refuse, for all models, is refused: %j", (options, message) => {
  const read = () => readModelFile(write({ a: { ...local, options } }));
  expect(problemOf(read).message).toMatch(message);
});

test("a provider's key is not named for another host", () => {
  const elsewhere = { ...local, key: "ANTHROPIC_API_KEY" };
  const error = problemOf(() => readModelFile(write({ a: elsewhere })));
  expect(error.message).toMatch(
    /ANTHROPIC_API_KEY is a key of anthropic and is sent to no other host/,
  );
  const groq = { provider: "openai", key: "OPENAI_API_KEY", base_url: "https://api.groq.com/v1" };
  expect(problemOf(() => readModelFile(write({ a: groq }))).message).toMatch(
    /OPENAI_API_KEY is a key of openai and .* and is sent to no other host/,
  );
  const proxy = { ...groq, base_url: "https://proxy.example/v1" };
  expect(readModelFile(write({ a: proxy })).models.size).toBe(1);
  const own = { ...elsewhere, base_url: "https://api.anthropic.com/v1" };
  expect(readModelFile(write({ a: own })).models.size).toBe(1);
});

const env = { OPENAI_API_KEY: "sk-openai", BIG_API_KEY: "sk-big" };

function resolve(content: unknown, given: Readonly<Record<string, string>> = env) {
  const models = readModelFile(write(content));
  return resolveModels({ provider: "auto", concurrency: 4, env: given, models });
}

test.each([
  [{ big: { provider: "anthropic" } }, /big: anthropic needs ANTHROPIC_API_KEY to be set/],
  [
    { big: { ...local, key: "NO_API_KEY" } },
    /big\.key: the environment variable NO_API_KEY is not set/,
  ],
  [{ big: { provider: "openai-generic" } }, /big\.base_url must be set/],
  [{ big: { provider: "azure-openai" } }, /big\.model must be set/],
  [
    { big: { provider: "openai", base_url: "http://box/v1" } },
    /big\.key must be named: base_url is not the address of openai/,
  ],
])("a model that cannot be called is refused: %j", (content, message) => {
  const error = problemOf(() => resolve(content));
  expect(error.code).toBe("MODELS_INVALID");
  expect(error.message).toMatch(message);
});

test("a provider's usual key is sent to its own host only", () => {
  const { all } = resolve({
    own: { provider: "openai" },
    elsewhere: local,
    named: { ...local, key: "BIG_API_KEY" },
  });
  const keys = Object.fromEntries(
    all.map(({ name, client }) => [name, client.env["MODEL_API_KEY"]]),
  );
  expect(keys).toEqual({
    default: "sk-openai",
    own: "sk-openai",
    elsewhere: undefined,
    named: "sk-big",
  });
});

test("the entry default takes the place of the settings", () => {
  const { default: first, all } = resolve({ default: { ...local, model: "mine" } });
  expect([first.client.model, all.length]).toEqual(["mine", 1]);
});

test("all models share one source, in which no key, address or name is written", () => {
  const { all } = resolve({
    a: { ...local, key: "BIG_API_KEY", model: "m-one" },
    b: { ...local, options: { temperature: 1e-7, big: 1e21, nested: { "x y": [true, null] } } },
    c: { ...local, model: "m-three" },
  });
  const [source, ...others] = new Set(all.map(({ client }) => client.source));
  expect(others).toEqual([]);
  for (const text of ["sk-", "127.0.0.1", "m-one", "m-three"]) expect(source).not.toContain(text);
  expect(source).toContain("temperature 0.0000001");
  // One for each kind: the provider, whether it has a key, its options.
  expect(new Set(all.map(({ client }) => client.clientName)).size).toBe(4);
});

test("the settings read the file, its keys, and both again at a reload", async () => {
  write({ big: { ...local, key: "BIG_API_KEY" } });
  const settings = loadSettings({
    env: { TROUPE_MODELS: path, BIG_API_KEY: "sk-big", UNUSED_API_KEY: "no" },
    envFile: join(folder, "none"),
  });
  expect(settings.modelFile?.models.has("big")).toBe(true);
  expect(settings.llmEnv).toEqual({ BIG_API_KEY: "sk-big" });
  write({ other: local });
  expect([...((await reloadSettings(settings)).modelFile?.models.keys() ?? [])]).toEqual(["other"]);
  write("{");
  await expect(reloadSettings(settings)).rejects.toMatchObject({ code: "MODELS_INVALID" });
});
