import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DCLinter } from "dclint";
import { validate } from "dockerfile-utils";
import { describe, expect, test } from "vitest";
import { RunningCommand, troupe } from "./cli/command.ts";
import { listening } from "./support/listening.ts";
import { makeTempFolder } from "./support/temp-folder.ts";

const run = promisify(execFile);
const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name: string) => readFile(pathOf(name), "utf8");
const hasSystemd = await run("systemd-analyze", ["--version"]).then(
  () => true,
  () => false,
);

describe("the Dockerfile", async () => {
  const dockerfile = await read("Dockerfile");

  test("is accepted by Docker's language service", () => {
    expect(validate(dockerfile)).toEqual([]);
    expect(validate("FROM node\nCOPPY . .\n")).not.toEqual([]);
  });

  test("copies what the package has, as far as the program reads it", async () => {
    const { files } = JSON.parse(await read("package.json")) as { files: readonly string[] };
    const copied = [...dockerfile.matchAll(/^COPY --from=build \/opt\/troupe\/(\S+)/gm)];
    const unread = ["CHANGELOG.md", "deploy", "docs"];
    const shipped = new Set(files.map((name) => name.split("/")[0] ?? ""));
    const needed = ["package.json", "node_modules", ...shipped].filter(
      (name) => !unread.includes(name),
    );
    expect(new Set(copied.map(([, name]) => name))).toEqual(new Set(needed));
  });

  test("removes only packages that nothing which stays requires", async () => {
    const [, list = ""] = /&& rm -rf (.+)$/m.exec(dockerfile) ?? [];
    const patterns = list
      .split(" ")
      .map((path) => new RegExp(`^${path.replace("*", "[^/]*")}(/|$)`));
    const isRemoved = (path: string) => patterns.some((pattern) => pattern.test(path));
    const lock = JSON.parse(await read("package-lock.json")) as {
      packages: Record<string, Locked>;
    };
    const locked = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
    expect(locked.filter(([path]) => isRemoved(path)).length).toBeGreaterThan(5);
    const broken = locked.filter(
      ([path, { dependencies = {} }]) =>
        !isRemoved(path) &&
        Object.keys(dependencies).some((name) => isRemoved(`node_modules/${name}`)),
    );
    expect(broken.map(([path]) => path)).toEqual([]);
  });

  test("has a health check that knows a server which is alive", async () => {
    const [, json = ""] = /^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$/m.exec(dockerfile) ?? [];
    const [, ...args] = JSON.parse(json) as readonly string[];
    let status = 200;
    await using server = await listening(
      createServer(({ url }, response) =>
        response.writeHead(url === "/healthz" ? status : 404).end(),
      ),
    );
    const check = () =>
      run(process.execPath, args, { env: { TROUPE_PORT: String(server.port) } }).then(
        () => 0,
        ({ code }: { code: number }) => code,
      );
    expect(await check()).toBe(0);
    status = 503;
    expect(await check()).toBe(1);
    await server[Symbol.asyncDispose]();
    expect(await check()).toBe(1);
  });
});

interface Locked {
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The linter's own types cannot be resolved. */
interface Finding {
  readonly severity: string;
}

test("compose.yaml is as Compose's schema wants it", async () => {
  await using folder = await makeTempFolder();
  const errorsOf = (path: string) =>
    new DCLinter({
      rules: { "no-build-and-image": 0, "service-image-require-explicit-tag": 0 },
      quiet: false,
      debug: false,
      exclude: [],
    })
      .lintFiles([path], false)
      .flatMap(({ messages }: { readonly messages: readonly Finding[] }) => messages)
      .filter(({ severity }: Finding) => severity === "major" || severity === "critical");
  expect(errorsOf(pathOf("compose.yaml"))).toEqual([]);
  const wrong = join(folder.path, "compose.yaml");
  await writeFile(wrong, "services:\n  troupe:\n    restarts: always\n");
  expect(errorsOf(wrong)).not.toEqual([]);
});

test("the environment of the image and of compose.yaml starts a server that its own commands reach", async () => {
  await using folder = await makeTempFolder();
  const [, line = ""] = /^ENV (.+)$/m.exec(await read("Dockerfile")) ?? [];
  const image = Object.fromEntries(line.split(" ").map((pair) => pair.split("=", 2)));
  // What whoever starts it must set.
  const asked = [...(await read("compose.yaml")).matchAll(/^ +(\w+): \$\{\1:\?/gm)];
  expect(asked.map(([, name]) => name)).toEqual(["TROUPE_TOKEN"]);
  const untold = { ...image, TROUPE_DB: join(folder.path, "db") };
  const env = { ...untold, TROUPE_TOKEN: "0123456789abcdef" };
  const place = { cwd: folder.path, env };
  await using server = new RunningCommand(place, ["start", "--no-heart"]);
  await server.saw(/"msg":"model|"model/);
  const created = await troupe(place, "agent", "create", "agent1", "--wait", "60");
  expect(created).toMatchObject({ code: 0 });
  server.signal("SIGTERM");
  expect((await server.ended()).code).toBe(0);
  const refused = await troupe({ ...place, env: untold }, "start", "--no-heart");
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("TROUPE_TOKEN must be"),
  });
});

const units = ["troupe.service", "troupe@.service"];

test.skipIf(!hasSystemd).each(units)("systemd accepts the unit %s", async (name) => {
  await using folder = await makeTempFolder();
  const unit = join(folder.path, name);
  const verify = () => run("systemd-analyze", ["verify", "--man=no", unit]);
  // The programs and folders of a real installation.
  const text = (await read(`deploy/${name}`)).replace(/^ExecStart=\S+/m, "ExecStart=/bin/sh");
  // Otherwise systemd would stop the parent process, too.
  expect(text).toMatch(/^OOMPolicy=continue$/m);
  await writeFile(unit, text);
  expect((await verify()).stderr).not.toContain("troupe");
  await writeFile(unit, text.replace("KillMode=mixed", "KillMode=kindly"));
  expect((await verify()).stderr).toContain("kindly");
});

test("an instance of the unit for shards starts the shard of its name, at a port of its own", async () => {
  const [, line = ""] =
    /^ExecStart=\/bin\/sh -c '(.+)'$/m.exec(await read("deploy/troupe@.service")) ?? [];
  // As systemd replaces them.
  const command = line
    .replaceAll("%i", "3")
    .replaceAll(/\$\{(\w+)\}/g, (_, name) => ({ SHARDS: "8" })[name as string] ?? "")
    .replaceAll("$$", "$")
    .replace("exec /srv/troupe/node_modules/.bin/troupe", "printf '%s '");
  expect((await run("/bin/sh", ["-c", command])).stdout).toBe("start --shard 3/8 --port 7881 ");
});
