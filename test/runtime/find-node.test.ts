/** A Node that is new enough, found in a project or on the machine. */

import { spawnSync } from "node:child_process";
import { chmod, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { makeTempFolder } from "../support/temp-folder.ts";
import { projectRoot } from "../support/tool-source.ts";

const source = join(projectRoot, "src/runtime/find-node.ts");
const platformPackage = `node-${process.platform}-${process.arch}`;

/** A program that answers as a Node of this version, installed elsewhere. */
async function writeNode(path: string, version: string, real = path): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${JSON.stringify([version, real])}'\n`);
  await chmod(path, 0o755);
}

interface Search {
  readonly folder: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What is found for version 90, which no real Node has. */
function find({ folder, cwd = folder, env = {} }: Search): string {
  const program = join(folder, "troupe.js");
  const script = `const { findNode } = await import(${JSON.stringify(source)});
    process.stdout.write(String(findNode(90, ${JSON.stringify(program)})));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd,
    env: { PATH: "", HOME: folder, ...env },
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout;
}

async function makeFolder() {
  const made = await makeTempFolder();
  const folder = await realpath(made.path);
  await writeFile(join(folder, "troupe.js"), "");
  return { folder, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
}

test.each<readonly [string, string, Readonly<Record<string, string>>]>([
  ["the project's package", "node_modules/node/bin/node", {}],
  ["the project's package for this platform", `node_modules/${platformPackage}/bin/node`, {}],
  ["the PATH", "tools/node", { PATH: "/nowhere:FOLDER/tools" }],
  ["nvm", ".nvm/versions/node/v90.2.0/bin/node", {}],
  ["nvm elsewhere", "opt/nvm/versions/node/v90.2.0/bin/node", { NVM_DIR: "FOLDER/opt/nvm" }],
  ["fnm", ".local/share/fnm/node-versions/v90.2.0/installation/bin/node", {}],
  ["volta", ".volta/tools/image/node/90.2.0/bin/node", {}],
  ["asdf", ".asdf/installs/nodejs/90.2.0/bin/node", {}],
  ["mise", ".local/share/mise/installs/node/90.2.0/bin/node", {}],
  ["nodenv", ".nodenv/versions/90.2.0/bin/node", {}],
  ["n", "n/n/versions/node/90.2.0/bin/node", {}],
])("a Node of %s is found", async (_, path, env) => {
  await using made = await makeFolder();
  const { folder } = made;
  await writeNode(join(folder, path), "90.2.0");
  const given = Object.entries(env).map(([name, text]) => [name, text.replace("FOLDER", folder)]);
  expect(find({ folder, env: Object.fromEntries(given) })).toBe(join(folder, path));
});

test("packages of folders above count, those of the working directory before those of the program", async () => {
  await using made = await makeFolder();
  const { folder } = made;
  const cwd = join(folder, "project/deep");
  await mkdir(cwd, { recursive: true });
  await writeNode(join(folder, "node_modules/node/bin/node"), "90.0.0");
  expect(find({ folder, cwd: "/" })).toBe(join(folder, "node_modules/node/bin/node"));
  await writeNode(join(folder, "project/node_modules/node/bin/node"), "90.0.0");
  expect(find({ folder, cwd })).toBe(join(folder, "project/node_modules/node/bin/node"));
});

test("the newest version of a manager is taken, an older one is not even asked", async () => {
  await using made = await makeFolder();
  const { folder } = made;
  const versions = join(folder, ".nvm/versions/node");
  await writeNode(join(versions, "v90.9.0/bin/node"), "90.9.0");
  await writeNode(join(versions, "v90.10.0/bin/node"), "90.10.0");
  await writeNode(join(versions, "v22.1.0/bin/node"), "99.0.0");
  expect(find({ folder })).toBe(join(versions, "v90.10.0/bin/node"));
});

test("what is too old, does not run or is not a Node is passed over", async () => {
  await using made = await makeFolder();
  const { folder } = made;
  const tools = ["old", "broken", "other", "good"].map((name) => join(folder, name));
  await writeNode(join(folder, "old/node"), "22.0.0");
  for (const [name, text] of [
    ["broken", "#!/bin/sh\necho missing library >&2\nexit 127\n"],
    ["other", "#!/bin/sh\necho hello\n"],
  ] as const) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "node"), text, { mode: 0o755 });
  }
  expect(find({ folder, env: { PATH: tools.join(":") } })).toBe("undefined");
  // A version manager's program: the real one is elsewhere.
  await writeNode(join(folder, "good/node"), "90.0.0", "/real/node");
  expect(find({ folder, env: { PATH: tools.join(":") } })).toBe("/real/node");
});

test("the program's folder is that of the file, not of a link to it", async () => {
  await using made = await makeFolder();
  const { folder } = made;
  await writeNode(join(folder, "package/node_modules/node/bin/node"), "90.0.0");
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "package/troupe.js"), "");
  await symlink(join(folder, "package/troupe.js"), join(folder, "bin/troupe.js"));
  expect(find({ folder: join(folder, "bin"), env: { HOME: folder } })).toBe(
    join(folder, "package/node_modules/node/bin/node"),
  );
});
