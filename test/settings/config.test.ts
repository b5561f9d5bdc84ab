import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TroupeError } from "../../src/model/errors.ts";
import {
  loadSettings,
  needsRestart,
  plainStorageEnvironment,
  reloadSettings,
  type SettingSources,
} from "../../src/settings/config.ts";
import { flagOf, settingKinds } from "../../src/settings/settings.ts";

let folder: string;
let envFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "troupe-config-"));
  envFile = join(folder, ".env");
});

afterEach(() => rm(folder, { recursive: true }));

/** Reads without the environment that the tests run in. */
function load(sources: SettingSources = {}) {
  return loadSettings({ env: {}, envFile, ...sources });
}

function errorOf(run: () => unknown): TroupeError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof TroupeError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

test("settings have the documented defaults", () => {
  expect(load()).toEqual({
    db: resolve("data/troupe"),
    host: "127.0.0.1",
    port: 7_878,
    shard: null,
    root: resolve("data/troupe"),
    fleet: null,
    fleetFile: null,
    token: null,
    allowedHosts: [],
    agents: null,
    agentEnv: [],
    agentAddons: "refuse",
    agentVariables: {},
    baml: null,
    leases: null,
    llm: "auto",
    llmBaseUrl: null,
    llmModel: null,
    models: null,
    modelFile: null,
    prices: new Map(),
    llmConcurrency: 64,
    destroyTimeoutMs: 5_000,
    agentMemoryMb: 256,
    idleMs: 60_000,
    keepPrompts: "off",
    hotMax: null,
    pollMs: null,
    attemptsMax: 5,
    retentionHours: 168,
    log: "info",
    logFormat: "auto",
    llmEnv: {},
    local: null,
    ack: "journal",
    storageEnv: {},
    traceEnv: {},
    projectFolder: dirname(envFile),
    warnings: [],
  });
});

test("settings have flags named after them", () => {
  expect(Object.values(settingKinds).map(({ name }) => flagOf(name))).toEqual(
    expect.arrayContaining(["--db", "--port", "--llm-base-url", "--destroy-timeout-ms"]),
  );
});

test("a flag beats the environment, which beats the file, which beats the default", async () => {
  await writeFile(envFile, "TROUPE_PORT=3\nTROUPE_POLL_MS=33\nTROUPE_LOG=warn\n");
  const env = { TROUPE_PORT: "2", TROUPE_POLL_MS: "22" };
  const { port, pollMs, log, attemptsMax } = load({ flags: { port: "1" }, env });
  expect({ port, pollMs, log, attemptsMax }).toEqual({
    port: 1,
    pollMs: 22,
    log: "warn",
    attemptsMax: 5,
  });
});

test("empty text in the environment counts as not set, an empty flag does not", async () => {
  await writeFile(envFile, "TROUPE_PORT=3\nTROUPE_TOKEN=\n");
  expect(load({ env: { TROUPE_PORT: "" } })).toMatchObject({ port: 3, token: null });
  expect(errorOf(() => load({ flags: { db: "" } })).message).toBe(
    '--db must be a folder, or a URI such as s3://bucket/path, got ""',
  );
});

test("an unknown name is refused with the nearest known one", async () => {
  const fromEnvironment = errorOf(() => load({ env: { TROUPE_PROT: "1" } }));
  expect(fromEnvironment.code).toBe("SETTING_UNKNOWN");
  expect(fromEnvironment.message).toBe(
    "TROUPE_PROT in the environment is not a setting; the nearest one is TROUPE_PORT",
  );
  await writeFile(envFile, "TROUPE_LLM_MODELL=x\n");
  const fromFile = errorOf(() => load());
  expect(fromFile.code).toBe("SETTING_UNKNOWN");
  expect(fromFile.details).toMatchObject({ nearest: "TROUPE_LLM_MODEL" });
  expect(fromFile.message).toContain(envFile);
});

test.each([
  ["TROUPE_PORT", "70000", "a whole number from 0 to 65535"],
  ["TROUPE_PORT", "-1", "a whole number from 0 to 65535"],
  ["TROUPE_PORT", "80.5", "a whole number from 0 to 65535"],
  ["TROUPE_PORT", "0x50", "a whole number from 0 to 65535"],
  ["TROUPE_LOG", "loud", "trace, debug, info, warn, error, fatal or silent"],
  ["TROUPE_LLM", "open ai", "a provider's name, one word"],
  ["TROUPE_LLM_BASE_URL", "ftp://x", "an http or https URL"],
  ["TROUPE_ALLOWED_HOSTS", "a,b c", "at most 100 host names, separated by commas"],
])("%s=%s is refused with what was expected", (name, text, expected) => {
  const message = `${name} must be ${expected}, got "${text}"`;
  const error = errorOf(() => load({ env: { [name]: text } }));
  expect(error.code).toBe("SETTING_INVALID");
  expect(error.message).toBe(message);
  expect(error.details).toMatchObject({ setting: name });
});

test("no message shows a token", () => {
  const error = errorOf(() => load({ env: { TROUPE_TOKEN: "geheim nis" } }));
  expect(JSON.stringify([error.message, error.details])).not.toContain("geheim");
  expect(error.message).toContain("got a text of 10 characters");
});

test("whole numbers of every setting are read within their limits and refused beyond", () => {
  const integers = Object.entries(settingKinds).flatMap(([key, kind]) => {
    const { minimum, maximum } = kind.schema as { minimum?: number; maximum?: number };
    return minimum === undefined || maximum === undefined
      ? []
      : [{ key, ...kind, minimum, maximum }];
  });
  expect(integers).toHaveLength(9);
  fc.assert(
    fc.property(fc.constantFrom(...integers), fc.integer(), (setting, number) => {
      const read = () => load({ env: { [setting.name]: String(number) } });
      const isWithin = number >= setting.minimum && number <= setting.maximum;
      if (isWithin) expect(read()).toMatchObject({ [setting.key]: number });
      else expect(errorOf(read).code).toBe("SETTING_INVALID");
    }),
  );
});

test("folders are absolute, and a URI stays as it is", () => {
  expect(load({ flags: { db: "x/y", agents: "mine" } })).toMatchObject({
    db: resolve("x/y"),
    agents: resolve("mine"),
  });
  expect(load({ flags: { db: "s3://bucket/path" } }).db).toBe("s3://bucket/path");
  expect(load({ flags: { db: pathToFileURL(folder).href } }).db).toBe(folder);
});

test("a list is split at commas", () => {
  const { allowedHosts } = load({ env: { TROUPE_ALLOWED_HOSTS: "a.example, b.example:8080 ," } });
  expect(allowedHosts).toEqual(["a.example", "b.example:8080"]);
});

test("the first line of a file with a byte order mark counts, with any line ends and with export", async () => {
  await writeFile(
    envFile,
    "\uFEFFTROUPE_PORT=3\r\n export\tTROUPE_POLL_MS = 33\r\nTROUPE_LOG=warn\r",
  );
  expect(load()).toMatchObject({ port: 3, pollMs: 33, log: "warn" });
  await writeFile(envFile, "\uFEFFTROUPE_PORT=nonsense\n");
  expect(errorOf(() => load()).code).toBe("SETTING_INVALID");
});

test.each([
  ["UTF-16 with a mark", Buffer.from("\uFEFFTROUPE_PORT=3\n", "utf16le"), "is UTF-16"],
  ["UTF-16 without one", Buffer.from("TROUPE_PORT=3\n", "utf16le"), "is UTF-16"],
  ["UTF-16, the other way round", Buffer.from("\uFEFFA=3", "utf16le").swap16(), "is UTF-16"],
  ["Latin-1", Buffer.from("TROUPE_LLM_MODEL=é\n", "latin1"), "is not UTF-8"],
])("a file in %s is refused with what to do", async (_encoding, bytes, problem) => {
  await writeFile(envFile, bytes);
  const { code, message } = errorOf(() => load());
  expect(code).toBe("SETTING_INVALID");
  expect(message).toBe(`${envFile} must be text in UTF-8, it ${problem}: save it as UTF-8`);
});

test("variables that a platform sets for a service of our name are ignored, with one warning", () => {
  const env = {
    TROUPE_PORT: "tcp://10.0.0.5:7878",
    TROUPE_SERVICE_HOST: "10.0.0.5",
    TROUPE_SERVICE_PORT: "7878",
    TROUPE_SERVICE_PORT_HTTP: "7878",
    TROUPE_PORT_7878_TCP: "tcp://10.0.0.5:7878",
    TROUPE_PORT_7878_TCP_ADDR: "10.0.0.5",
    TROUPE_DB_PORT: "tcp://10.0.0.6:5432",
    TROUPE_DB_SERVICE_HOST: "10.0.0.6",
    TROUPE_NAME: "/web/troupe",
    TROUPE_ENV_PATH: "/bin",
    TROUPE_POLL_MS: "22",
  };
  const { port, pollMs, warnings } = load({ env });
  expect({ port, pollMs }).toEqual({ port: 7_878, pollMs: 22 });
  expect(warnings).toEqual([expect.stringMatching(/^ignored TROUPE_DB_PORT, .*Kubernetes/)]);
  expect(errorOf(() => load({ env: { TROUPE_PORT: "10.0.0.5" } })).code).toBe("SETTING_INVALID");
});

test("a lenient reading only warns of settings that it does not need", async () => {
  await writeFile(envFile, "TROUPE_PROT=1\nTROUPE_POLL_MS=often\nTROUPE_DB=elsewhere\n");
  const { db, pollMs, warnings } = load({ isLenient: true });
  expect({ db, pollMs }).toEqual({ db: resolve("elsewhere"), pollMs: null });
  expect(warnings).toEqual([
    expect.stringContaining("TROUPE_PROT in"),
    expect.stringContaining("TROUPE_POLL_MS in"),
  ]);
  await writeFile(envFile, Buffer.from("TROUPE_DB=elsewhere\n", "utf16le"));
  expect(errorOf(() => load({ isLenient: true })).code).toBe("SETTING_INVALID");
  const named = load({ isLenient: true, flags: { db: "here" } });
  expect(named).toMatchObject({ db: resolve("here"), warnings: [expect.any(String)] });
  const env = { TROUPE_TOKEN: "not a token" };
  expect(errorOf(() => load({ isLenient: true, env })).code).toBe("SETTING_INVALID");
});

test("names of object stores are read from the file, overridden by the environment; secrets stay apart", async () => {
  await writeFile(envFile, "AWS_REGION=file\nAWS_SECRET_ACCESS_KEY=s\nGOOGLE_API_KEY=g\n");
  const settings = load({ env: { AWS_REGION: "real", AZURE_STORAGE_ACCOUNT_NAME: "a" } });
  const plain = { AWS_REGION: "real", AZURE_STORAGE_ACCOUNT_NAME: "a" };
  expect(settings.storageEnv).toEqual({ ...plain, AWS_SECRET_ACCESS_KEY: "s" });
  expect(plainStorageEnvironment(settings)).toEqual(plain);
});

test("changed settings that need a restart are named, without their values", async () => {
  const settings = load();
  const names = ["TROUPE_PORT", "TROUPE_TOKEN", "AWS_REGION", "OTEL_SDK_DISABLED"];
  await writeFile(envFile, `${names.map((name) => `${name}=3\n`).join("")}TROUPE_LOG=warn\n`);
  expect(needsRestart(settings, await reloadSettings(settings))).toEqual(names);
});

test("a file that cannot be read is an error that names it", () => {
  const error = errorOf(() => load({ envFile: folder }));
  expect(error.code).toBe("SETTING_INVALID");
  expect(error.message).toBe(`${folder} must be a readable file`);
});

test("a reload reads the file again, and flags and the environment of the start still beat it", async () => {
  const env = { TROUPE_POLL_MS: "22" };
  const settings = load({ flags: { port: "1" }, env });
  env.TROUPE_POLL_MS = "44";
  await writeFile(envFile, "TROUPE_PORT=3\nTROUPE_POLL_MS=33\nTROUPE_LOG=warn\nOPENAI_API_KEY=k\n");
  const reloaded = await reloadSettings(settings);
  expect(reloaded).toMatchObject({ port: 1, pollMs: 22, log: "warn" });
  expect(reloaded.llmEnv).toEqual({ OPENAI_API_KEY: "k" });
  await rm(envFile);
  expect(await reloadSettings(reloaded)).toEqual(settings);
});

test("a reload that fails leaves the settings as they were", async () => {
  const settings = load();
  const before = structuredClone(settings);
  await writeFile(envFile, "TROUPE_PORT=high\n");
  await expect(reloadSettings(settings)).rejects.toThrow(
    `TROUPE_PORT in ${envFile} must be a whole number from 0 to 65535, got "high"`,
  );
  expect(settings).toEqual(before);
});

test("reading changes nothing in the environment of the process", async () => {
  await writeFile(envFile, "OPENAI_API_KEY=k\nTROUPE_LOG=warn\n");
  const before = { ...process.env };
  await reloadSettings(load());
  expect(process.env).toEqual(before);
});
