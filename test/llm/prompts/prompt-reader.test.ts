import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type PromptPlace,
  PromptReader,
  typesPath,
} from "../../../src/llm/prompts/prompt-reader.ts";
import type { TroupeError } from "../../../src/model/errors.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const greet = (text: string) =>
  `function Greet(who: string) -> string {\n  client Default\n  prompt #"${text} {{ who }}"#\n}\n`;

interface Setup extends AsyncDisposable {
  readonly reader: PromptReader;
  readonly place: PromptPlace;
  readonly faults: readonly TroupeError[];
  readonly warnings: readonly string[];
  write(file: string, text: string): Promise<void>;
}

async function setUp(): Promise<Setup> {
  const { path, [Symbol.asyncDispose]: remove } = await makeTempFolder();
  const folder = join(path, "baml_src");
  await mkdir(join(folder, "sub"), { recursive: true });
  const faults: TroupeError[] = [];
  const warnings: string[] = [];
  const reader = new PromptReader({
    env: { PATH: process.env["PATH"] ?? "" },
    onFault: (fault) => faults.push(fault),
    onWarning: (warning) => warnings.push(warning),
  });
  return {
    reader,
    faults,
    warnings,
    place: { folder, projectFolder: path, readVariables: () => ({}) },
    write: (file, text) => writeFile(join(folder, file), text),
    async [Symbol.asyncDispose]() {
      reader[Symbol.dispose]();
      await remove();
    },
  };
}

test("a start compiles functions that have changed, and types them", async () => {
  await using setup = await setUp();
  const { reader, place } = setup;
  await setup.write("sub/greet.baml", greet("Hello"));
  const first = await reader.open(place);
  expect(await first?.fault).toBeUndefined();
  expect(Object.keys(first?.prompts?.set.functions ?? {})).toEqual(["Greet"]);
  const { mtimeMs } = await stat(typesPath(place));

  const again = await reader.open(place);
  expect(await again?.fault).toBeUndefined();
  expect((await stat(typesPath(place))).mtimeMs).toBe(mtimeMs);

  await setup.write("sub/other.baml", greet("Bye").replace("Greet", "Leave"));
  expect(await (await reader.open(place))?.fault).toBeUndefined();
  expect(await readFile(typesPath(place), "utf8")).toContain("Leave");
  expect([setup.faults, setup.warnings]).toEqual([[], []]);
});

test("a start with broken functions reports them once and continues without", async () => {
  await using setup = await setUp();
  await setup.write("greet.baml", "function Greet(");
  const own = await setup.reader.open(setup.place);
  expect(await own?.fault).toMatchObject({ code: "PROMPT_INVALID" });
  expect(setup.faults).toEqual([await own?.fault]);
  await expect(stat(typesPath(setup.place))).rejects.toThrow("ENOENT");
});

test("files are read as editors save them, and other text than UTF-8 is refused", async () => {
  await using setup = await setUp();
  const { reader, place } = setup;
  await setup.write("windows.baml", `\uFEFF${greet("Hello").replaceAll("\n", "\r\n")}`);
  const { own } = await reader.compile(place, undefined);
  expect(Object.keys(own?.prompts?.set.functions ?? {})).toEqual(["Greet"]);
  await writeFile(join(place.folder ?? "", "other.baml"), Buffer.from(greet("Grüße"), "latin1"));
  await expect(reader.compile(place, own)).rejects.toMatchObject({
    code: "PROMPT_INVALID",
    message: expect.stringMatching(/other\.baml is not UTF-8: save it as UTF-8$/),
  });
});

test("a reload compiles before anything is used, and types nothing until it is", async () => {
  await using setup = await setUp();
  const { reader, place } = setup;
  await setup.write("greet.baml", greet("Hello"));
  const { own, writeTypes } = await reader.compile(place, undefined);
  await expect(stat(typesPath(place))).rejects.toThrow("ENOENT");
  await writeTypes();
  expect(await readFile(typesPath(place), "utf8")).toContain("Greet");

  await setup.write("bad.baml", greet("Bye").replace("string)", "Nothing)"));
  await expect(reader.compile(place, own)).rejects.toMatchObject({
    code: "PROMPT_INVALID",
    message: expect.stringMatching(
      /bad\.baml:1: Greet: exists already, at .*greet\.baml|greet\.baml:1: Greet: exists already, at .*bad\.baml/,
    ),
  });
  await rm(join(place.folder ?? "", "bad.baml"));
  const same = await reader.compile(place, own);
  expect(same.own?.prompts?.id).toBe(own?.prompts?.id);
});

test("a folder that is missing is a wrong setting, and no folder means no functions", async () => {
  await using setup = await setUp();
  const { reader, place } = setup;
  const missing = { ...place, folder: join(place.projectFolder, "nothing") };
  await expect(reader.open(missing)).rejects.toMatchObject({ code: "SETTING_INVALID" });
  expect(await reader.open({ ...place, folder: null })).toBeUndefined();
  expect((await reader.compile({ ...place, folder: null }, undefined)).own).toBeUndefined();
});

test("types that cannot be written are a warning", async () => {
  await using setup = await setUp();
  const { reader, place } = setup;
  await setup.write("greet.baml", greet("Hello"));
  await writeFile(join(place.projectFolder, ".troupe"), "a file in the way");
  expect(await (await reader.open(place))?.fault).toBeUndefined();
  expect(setup.warnings).toEqual([expect.stringContaining("types of own BAML functions")]);
});
