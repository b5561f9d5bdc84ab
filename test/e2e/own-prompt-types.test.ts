/** The types of own BAML functions: the file that `troupe baml` writes, used by an agent under strict tsc. */

import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeTempFolder } from "../support/temp-folder.ts";
import { projectRoot } from "../support/tool-source.ts";

const run = promisify(execFile);

const functions = `enum Mood {
  Good
  Bad @alias("terrible")
}
class Home {
  street string
}
class Part {
  text string
  mood Mood?
  where Home | string
  next Part?
}
class Report {
  parts Part[]
  kind "short" | "long"
  counts map<string, int>
  score int @check(positive, {{ this > 0 }})
}
type Parts = Part[]
type Tree = int | Tree[] | map<string, Tree>
function Describe(text: string, picture: image, more: Part[]?) -> Report {
  client Default
  prompt #"{{ text }} {{ picture }} {{ more }} {{ ctx.output_format }}"#
}
function Choose(options: Parts, tree: Tree) -> Mood | int {
  client Default
  prompt #"{{ options }} {{ tree }} {{ ctx.output_format }}"#
}
function Wait() -> bool {
  client Default
  prompt #"{{ ctx.output_format }}"#
}
`;

const agent = `import { defineAgent } from "troupe";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => undefined;

export default defineAgent({
  type: "reviewer",
  async step(ctx) {
    const picture = { base64: "aGk=", media_type: "image/png" };
    const report = await ctx.llm.Describe(
      { text: "a", picture },
      {
        onPartial(partial) {
          same<typeof partial.kind, "short" | "long" | null | undefined>(true);
          same<(typeof partial.parts)[number]["text"], string | null | undefined>(true);
        },
      },
    );
    const [part] = report.parts;
    if (part === undefined) return { result: "none" };
    same<typeof part.mood, "Good" | "Bad" | null | undefined>(true);
    same<typeof report.kind, "short" | "long">(true);
    same<typeof report.score.value, number>(true);
    const street: string = typeof part.where === "string" ? part.where : part.where.street;
    const chosen = await ctx.llm.Choose({ options: report.parts, tree: { a: [1] } });
    same<typeof chosen, "Good" | "Bad" | number>(true);
    same<Awaited<ReturnType<typeof ctx.llm.Wait>>, boolean>(true);
    same<Awaited<ReturnType<typeof ctx.llm.Ask>>, string>(true);
    await ctx.llm.Describe({ text: "a", picture: { url: "https://x.example" }, more: [part] });
    // @ts-expect-error a number is not a text
    await ctx.llm.Describe({ text: 1, picture });
    // @ts-expect-error an image is an object
    await ctx.llm.Describe({ text: "a", picture: "https://x.example" });
    // @ts-expect-error an argument is missing
    await ctx.llm.Choose({ options: [] });
    // @ts-expect-error the answer has no such field
    report.nothing;
    // @ts-expect-error there is no such function
    await ctx.llm.Nope({});
    return { result: street };
  },
});
`;

/** As in a strict project; Troupe's own packages are not part of this test. */
const tsconfig = {
  compilerOptions: {
    target: "esnext",
    module: "nodenext",
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: [],
  },
  include: ["agents", ".troupe/llm.d.ts"],
};

test("own functions are typed in ctx.llm by the file that troupe baml writes", async () => {
  await using folder = await makeTempFolder();
  const at = (path: string) => join(folder.path, path);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), text);
  };
  await write("package.json", '{ "type": "module" }');
  await write("tsconfig.json", JSON.stringify(tsconfig));
  await write("baml_src/review.baml", functions);
  await write("agents/reviewer.ts", agent);
  await mkdir(at("node_modules"));
  await symlink(projectRoot, at("node_modules/troupe"));

  const troupe = join(projectRoot, "dist/troupe.js");
  const options = { cwd: folder.path };
  const { stdout } = await run(process.execPath, [troupe, "baml"], options);
  expect(stdout).toBe(".troupe/llm.d.ts types 3 functions: Describe, Choose, Wait\n");
  // Its own errors, too, which skipLibCheck would pass over.
  const types = await readFile(at(".troupe/llm.d.ts"), "utf8");
  await write("agents/copy.ts", types.replace('module "troupe"', "namespace Copy"));

  const tsc = join(projectRoot, "node_modules/.bin/tsc");
  const checked = await run(tsc, ["-p", "."], options).catch((failed: unknown) => failed);
  expect(checked).toMatchObject({ stdout: "" });
});

test("troupe baml reports a mistake with file and line, and writes nothing", async () => {
  await using folder = await makeTempFolder();
  await mkdir(join(folder.path, "baml_src"));
  const broken = functions.replace("-> bool", "-> Nothing");
  await writeFile(join(folder.path, "baml_src/review.baml"), broken);
  const troupe = join(projectRoot, "dist/troupe.js");
  const failed = await run(process.execPath, [troupe, "baml"], { cwd: folder.path }).catch(
    (error: unknown) => error,
  );
  const line = broken.split("\n").findIndex((text) => text.includes("Nothing")) + 1;
  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(String((failed as { stderr: string }).stderr)).toContain(
    `PROMPT_INVALID: baml_src/review.baml:${line}: `,
  );
  await expect(readFile(join(folder.path, ".troupe/llm.d.ts"))).rejects.toThrow("ENOENT");
});
