import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { newAction } from "../support/sample-rows.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { troupe } from "./command.ts";
import { makeDatabase } from "./test-database.ts";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly hint: string | null;
}

function checksOf(stdout: string): ReadonlyMap<string, Check> {
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
  return new Map(checks.map((check) => [check.name, check]));
}

test("doctor finds nothing wrong with a database that is served", async () => {
  await using database = await makeDatabase();
  await using _held = await database.supervise();
  const { code, stdout } = await troupe(database, "doctor");
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.split(/ +/).slice(0, 2))).toEqual(
    [
      "node",
      "settings",
      "database",
      "tables",
      "supervisor",
      "queue",
      "model",
      "baml",
      "agents",
      "disk",
    ].map((name) => ["ok", name]),
  );
  expect(stdout).toContain(`process ${process.pid}, alive`);
  expect(stdout).toContain("of this shell, types: joke");
});

test("doctor makes nothing if there is no database", async () => {
  await using folder = await makeTempFolder();
  const { code, stdout } = await troupe({ cwd: folder.path }, "doctor", "-o", "json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).status).toBe("ok");
  const database = checksOf(stdout).get("database");
  expect(database).toMatchObject({ status: "warn", hint: "`troupe start` creates it" });
  await expect(chmod(join(folder.path, "data"), 0o755)).rejects.toThrow("ENOENT");
});

test("doctor reports actions that wait for a start", async () => {
  await using database = await makeDatabase();
  await database.store.queue.append([newAction({ id: "1", created_at: Date.now() - 3_600_500 })]);
  const { code, stdout } = await troupe(database, "doctor", "-o", "json");
  expect(code).toBe(0);
  expect(checksOf(stdout).get("queue")).toMatchObject({
    status: "warn",
    message: "pending actions: 1; the oldest due one is 1 h old",
  });
});

test("doctor fails, with hints, on everything that would fail a start, and shows no key", async () => {
  await using database = await makeDatabase();
  await mkdir(join(database.cwd, "agents"));
  await writeFile(join(database.cwd, "agents/broken.ts"), "export default {");
  await mkdir(join(database.cwd, "baml_src"));
  await writeFile(join(database.cwd, "baml_src/broken.baml"), "\nfunction Greet(");
  const env = { TROUPE_AGENTS: "agents", TROUPE_LLM: "anthropic", OPENAI_API_KEY: "sk-secret" };
  const { code, stdout } = await troupe({ ...database, env }, "doctor", "-o", "json");
  expect(code).toBe(1);
  expect(JSON.parse(stdout).status).toBe("fail");
  const checks = checksOf(stdout);
  expect(checks.get("model")?.message).toContain("ANTHROPIC_API_KEY");
  expect(checks.get("agents")?.message).toContain("broken.ts");
  expect(checks.get("prompts")).toMatchObject({
    status: "fail",
    message: expect.stringMatching(/^PROMPT_INVALID: .*broken\.baml:2/),
  });
  expect(stdout).not.toContain("sk-secret");

  const chosen = await troupe({ ...database, env: { OPENAI_API_KEY: "sk-secret" } }, "doctor");
  expect(chosen.stdout).toMatch(/^ok +model +of this shell: openai, .* a key is set$/m);
  expect(chosen.stdout).not.toContain("sk-secret");
});

test("doctor fails on settings that cannot be read, and on tables that cannot be opened", async () => {
  await using database = await makeDatabase();
  const wrong = await troupe({ ...database, env: { TROUPE_PORT: "x" } }, "doctor");
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toMatch(/^fail +settings +SETTING_INVALID: TROUPE_PORT .* → /m);

  const broken = join(database.cwd, "broken");
  await mkdir(join(broken, "queue.lance/_versions"), { recursive: true });
  await writeFile(join(broken, "queue.lance/_versions/1.manifest"), "");
  const { code, stdout } = await troupe(database, "doctor", "--db", "broken");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^fail +tables +DATABASE_UNUSABLE: /m);
});

test("doctor fails on a journal that no start can open, damaged or of a newer Troupe", async () => {
  await using database = await makeDatabase();
  const path = join(database.location, "journal.sqlite");
  await writeFile(path, "no database".repeat(1_000));
  const { code, stdout } = await troupe(database, "doctor", "-o", "json");
  expect(code).toBe(1);
  expect(checksOf(stdout).get("journal")).toMatchObject({
    status: "fail",
    message: expect.stringContaining(`the journal ${path} is damaged: file is not a database; `),
    hint: "keep a copy of it first",
  });

  await rm(path);
  await mkdir(path);
  const folder = await troupe(database, "doctor");
  expect(folder.code).toBe(1);
  expect(folder.stdout).toMatch(
    /^fail +journal +JOURNAL_DAMAGED: .* is damaged: it is not a file/m,
  );

  await rm(path, { recursive: true });
  const file = new DatabaseSync(path);
  file.exec("PRAGMA user_version = 99");
  file.close();
  const newer = await troupe(database, "doctor");
  expect(newer.code).toBe(1);
  expect(newer.stdout).toMatch(/^fail +journal +DATABASE_NEWER: .* → start the newer Troupe/m);
  const list = await troupe(database, "queue", "list");
  expect(list.code).toBe(1);
  expect(list.stderr).toContain("DATABASE_NEWER");
});
