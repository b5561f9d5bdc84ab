/** Lines of `.env` that set nothing, or not what they seem to. */

import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSettings, reloadSettings, type SettingSources } from "../../src/settings/config.ts";
import { makeTempFolder, type TempFolder } from "../support/temp-folder.ts";

let temp: TempFolder;
let envFile: string;

beforeEach(async () => {
  temp = await makeTempFolder();
  envFile = join(temp.path, ".env");
});

afterEach(() => temp[Symbol.asyncDispose]());

function load(sources: SettingSources = {}) {
  return loadSettings({ env: {}, envFile, ...sources });
}

test.each([
  "TROUPE_PORT 8080",
  "TROUPE_PORT: 8080",
  "  troupe_port\t8080",
  "set TROUPE_PORT 8080",
  "setenv TROUPE_PORT 8080",
  "set -gx TROUPE_PORT 8080",
  "$env:TROUPE_PORT 8080",
])("a line of the file that seems to set something and does not is refused: %s", async (line) => {
  await writeFile(envFile, `# first\nTROUPE_POLL_MS=22\n${line}\n`);
  const message = `line 3 of ${envFile} must be TROUPE_PORT=value`;
  expect(() => load()).toThrow(invalid(message));
  const { pollMs, warnings } = load({ isLenient: true });
  expect({ pollMs, warnings }).toEqual({
    pollMs: 22,
    warnings: [expect.stringContaining(message)],
  });
});

test("other lines of the file that set nothing are named by their numbers, not by their text", async () => {
  const key = '"-----BEGIN KEY-----\nTROUPE_PORT 1\nabc\n=x\n-----END KEY-----"';
  await writeFile(envFile, `OPENAI_API_KEY sk-1\nA=${key}\n\n  # TROUPE_PORT 2\n"b\n=3\nPATH\nB=1`);
  expect(load().warnings).toEqual([`ignored lines 1, 9, 10, 11 of ${envFile}: not NAME=value`]);
  await writeFile(envFile, "x\n".repeat(12));
  expect(load().warnings).toEqual([
    `ignored lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … of ${envFile}: not NAME=value`,
  ]);
});

test.each([
  "export TROUPE_PORT", // for a shell
  "TROUPE_TOKEN", // for Docker, which takes it from its own environment
  "[troupe_dev]",
  "// TROUPE_PORT 1",
  "TROUPE_OTHER 1",
])("a line of the file that may be meant for another program is ignored: %s", async (line) => {
  await writeFile(envFile, `TROUPE_POLL_MS=22\n${line}\n`);
  const { pollMs, warnings } = load();
  expect({ pollMs, warnings }).toEqual({
    pollMs: 22,
    warnings: [`ignored line 2 of ${envFile}: not NAME=value`],
  });
});

test("a line of the file that sets nothing is ignored if something else sets its name", async () => {
  await writeFile(envFile, "TROUPE_PORT 8080\nTROUPE_PORT=8081\n");
  expect(load().port).toBe(8081);
  await writeFile(envFile, "TROUPE_PORT 8080\n");
  expect(load({ env: { TROUPE_PORT: "8082" } }).port).toBe(8082);
});

test("a quote in the file that is not closed is refused for a setting", async () => {
  await writeFile(envFile, 'TROUPE_TOKEN="0123456789abcdef\nTROUPE_POLL_MS=22\n');
  const message = `TROUPE_TOKEN in ${envFile} must be a value whose quotes are closed`;
  expect(() => load()).toThrow(invalid(message));
  expect(() => load()).not.toThrow(invalid("0123"));
  await writeFile(envFile, `TROUPE_LLM_MODEL='"m"'\nTROUPE_AGENTS="a'b"\n`);
  expect(load().llmModel).toBe('"m"');
  await writeFile(envFile, `TROUPE_LLM_MODEL="'m"\n`);
  expect(load().llmModel).toBe("'m");
});

function invalid(part: string) {
  return expect.objectContaining({
    code: "SETTING_INVALID",
    message: expect.stringContaining(part),
  });
}

test.skipIf(process.platform === "win32")(
  "a reload waits for pipes in place of its files, and the thread works meanwhile",
  async () => {
    const models = join(temp.path, "models.json");
    await writeFile(models, "{}");
    const settings = load({ flags: { models } });
    await rm(models);
    execFileSync("mkfifo", [envFile, models]);
    const reloading = reloadSettings(settings);
    await writeFile(envFile, "TROUPE_POLL_MS=44\n");
    await writeFile(models, "{}");
    const reloaded = await reloading;
    expect(reloaded).toMatchObject({ pollMs: 44, modelFile: { path: models } });
  },
);

test.each([
  ["TROUPE_DB", "~/fleet"],
  ["TROUPE_LOCAL", "$HOME/fleet"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
  ["TROUPE_AGENTS", "/srv/${NAME}/agents"],
  ["TROUPE_DB", "~bob/fleet"],
  ["TROUPE_DB", "$(pwd)/fleet"],
  ["TROUPE_PORT", "$PORT"],
  ["TROUPE_TOKEN", "$TOKEN"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
  ["TROUPE_TOKEN", "${TOKEN:-secret}"],
  ["TROUPE_TOKEN", "$(uuidgen)"],
])("what only a shell would replace is refused: %s=%s", async (name, text) => {
  await writeFile(envFile, `${name}=${text}\n`);
  const message = expect.stringMatching(/; ~ and \$NAME are not replaced here$/);
  expect(() => load()).toThrow(expect.objectContaining({ code: "SETTING_INVALID", message }));
});

test("a path may have a tilde or a dollar in it, and a token a dollar", async () => {
  await writeFile(envFile, "TROUPE_DB=/data/a~1/$1/b$c/c$\nTROUPE_TOKEN=$ecret1$TOKEN\n");
  expect(load()).toMatchObject({ db: "/data/a~1/$1/b$c/c$", token: "$ecret1$TOKEN" });
});
