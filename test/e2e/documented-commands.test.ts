/** Every command of README.md and docs/, run as it is written against a real server. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { commandsIn, pagesForUsers } from "../support/documented-commands.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { projectRoot } from "../support/tool-source.ts";

/** Commands that are not run here, and why. */
const exceptions: Readonly<Record<string, string>> = {
  "npm ci": "it made the folder in which this test runs",
  "npm run bench": "it measures for half an hour",
  "npm run bench <name>": "it measures for minutes",
  "npx troupe top": "it needs a terminal; test/e2e/top.test.ts gives it one",
  "troupe top": "it needs a terminal; test/e2e/top.test.ts gives it one",
  "troupe start": "it is what this test starts for each page",
  "troupe start --watch": "it is a second start; test/code-watch.test.ts has it alone",
  ...Object.fromEntries(
    [0, 1, 2, 3].map((shard) => [
      `troupe start --db ./data/fleet --shard ${shard}/4 --port 787${shard}`,
      "it does not end; test/e2e/shards.test.ts starts such a fleet",
    ]),
  ),
  "docker compose up -d": "it needs Docker; test/deploy.test.ts checks its files",
  "docker compose logs troupe": "it needs Docker; test/deploy.test.ts checks its files",
  "docker compose exec troupe troupe agent create agent1 --subject cats --wait 10":
    "it needs Docker; test/deploy.test.ts checks its files",
  "sudo cp node_modules/troupe/deploy/troupe.service /etc/systemd/system/":
    "it needs systemd; test/deploy.test.ts checks the unit",
  "sudo systemctl enable --now troupe": "it needs systemd; test/deploy.test.ts checks the unit",
  "sudo cp node_modules/troupe/deploy/troupe@.service /etc/systemd/system/":
    "it needs systemd; test/deploy.test.ts checks the unit",
  [String.raw`printf 'SHARDS=8\nTROUPE_TOKEN=%s\n' "$(openssl rand -hex 24)" | sudo tee -a /etc/troupe.env`]:
    "it needs systemd; test/deploy.test.ts checks the unit",
  "sudo systemctl enable --now troupe@{0..7}":
    "it needs systemd; test/deploy.test.ts checks the unit",
  [`kubectl create secret generic troupe --from-literal=TROUPE_TOKEN="$(openssl rand -hex 24)" --from-env-file=keys.env`]:
    "it needs a cluster; test/deploy-kubernetes.test.ts checks the manifests",
  "kubectl apply -k deploy/kubernetes/shards":
    "it needs a cluster; test/deploy-kubernetes.test.ts checks the manifests",
  "kubectl exec troupe-0 -- troupe agent list":
    "it needs a cluster; test/deploy-kubernetes.test.ts checks the manifests",
  "journalctl -u troupe -o cat": "it needs systemd; test/deploy.test.ts checks the unit",
};

/** What a reader fills in, or has elsewhere. */
const placeholders: readonly (readonly [string, string])[] = [
  ["<id>", "agent1"],
  ["<name>", "joke"],
  ["examples/agents", join(projectRoot, "examples/agents")],
];

/** Run until Ctrl-C; here until they have printed something. */
const ENDLESS = /agent watch |^curl -sN /;
/** Remembered for the commands below it on the page. */
const ASSIGNMENT = /^[A-Z]+=(?:\$\(.*\)|\S+)$/;

const prelude = `
npx() { "$@"; }
troupe() { node "${join(projectRoot, "dist/troupe.js")}" "$@"; }
curl() { command curl --fail "$@"; }
`;

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** A reader at the terminal: a folder, a server in it, and the variables set so far. */
class Reader implements AsyncDisposable {
  readonly #folder: string;
  #program: Program | undefined;
  #address = "";
  #variables = "";
  /** True if a file was written that the running server does not know. */
  hasNewFile = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The server's start again takes the place of the one that runs. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#program?.end();
    await this[Symbol.asyncDispose]();
    this.hasNewFile = false;
    const options = { cwd: this.#folder, args: ["start"], isGroup: true, env };
    this.#program = await Program.start(options);
    this.#address = new URL(
      (await this.#program.line(/^Troupe serves/)).split(" ").at(-1) ?? "",
    ).host;
  }

  async read(written: string): Promise<void> {
    const command = placeholders
      .reduce((line, [from, to]) => line.replaceAll(from, to), written)
      .replaceAll("127.0.0.1:7878", this.#address);
    const [, env = ""] = /^(.*)npm start$/.exec(command) ?? [];
    if (command.endsWith("npm start")) {
      const pairs = env
        .trim()
        .split(" ")
        .filter(Boolean)
        .map((pair) => pair.split("="));
      if (pairs.length > 0 || this.hasNewFile) await this.start(Object.fromEntries(pairs));
    } else if (ASSIGNMENT.test(command)) this.#variables += `${command}\n`;
    else if (command.startsWith("curl") && !hasCurl) console.warn(`no curl here: ${command}`);
    else await this.#run(command);
  }

  async #run(command: string): Promise<void> {
    const path = [dirname(process.execPath), process.env["PATH"]].join(delimiter);
    const shell = spawn("sh", ["-ec", `${prelude}${this.#variables}${command}`], {
      cwd: this.#folder,
      env: { PATH: path, HOME: this.#folder },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const errors = text(shell.stderr);
    const isEndless = ENDLESS.test(command);
    if (isEndless) {
      const first = await Promise.race([once(shell.stdout, "data"), once(shell, "close")]);
      expect(String(first[0]), command).toMatch(/\w/);
      if (shell.pid !== undefined) process.kill(-shell.pid, "SIGINT");
    } else shell.stdout.resume();
    const [code] = await once(shell, "close");
    if (!isEndless) expect({ command, code, errors: await errors }).toMatchObject({ code: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
  }
}

const [readme = "", ...docs] = pagesForUsers;

/** One reader for all pages of `docs/`: most of them have two or three commands. */
test.each([
  ["README.md", [readme]],
  ["docs/", docs],
])("the commands of %s do what they are there for", { timeout: 240_000 }, async (_, pages) => {
  await using folder = await makeTempFolder();
  await using reader = new Reader(folder.path);
  await reader.start();
  if (pages === docs) await reader.read("npx troupe agent create agent1 --wait 20");
  for (const step of pages.flatMap(commandsIn)) {
    if (step.kind === "file") {
      const path = join(folder.path, step.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, step.text);
      reader.hasNewFile = true;
    } else if (!(step.text in exceptions)) await reader.read(step.text);
  }
});

test("no exception is left over", () => {
  const commands = pagesForUsers.flatMap(commandsIn).map(({ text: command }) => command);
  expect(Object.keys(exceptions).filter((command) => !commands.includes(command))).toEqual([]);
});
