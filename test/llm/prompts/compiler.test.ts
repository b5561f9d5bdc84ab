import { describe, expect, it } from "vitest";
import { type CompileOptions, compilePrompts } from "../../../src/llm/prompts/compiler.ts";
import { makePrompts } from "../../../src/llm/prompts/prompts.ts";
import { TroupeError } from "../../../src/model/errors.ts";

const env = { PATH: process.env["PATH"] ?? "" };

function compile(
  files: Readonly<Record<string, string>>,
  options: Partial<CompileOptions> = {},
): Promise<string | undefined> {
  return compilePrompts(makePrompts(files).set, { env, ...options });
}

async function fault(...parameters: Parameters<typeof compile>): Promise<TroupeError> {
  const thrown = await compile(...parameters).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(TroupeError);
  return thrown as TroupeError;
}

const greet = `function Greet(who: string) -> string {
  client Default
  prompt #"Hello {{ who }}"#
}
`;

describe("the compiler", () => {
  it("types own functions and no built-in ones", async () => {
    const types = await compile({ "a.baml": greet });
    expect(types).toContain("readonly Greet: {");
    expect(types).toContain("who: string");
    expect(types).not.toContain("TellJoke");
  });

  it("names each mistake with file and line, the first ones only", async () => {
    const wrong = (name: string) => greet.replace("Greet", name).replace("string)", "Nothing)");
    const files = ["A", "B", "C", "D", "E"].map((name) => [`x/${name}.baml`, `\n${wrong(name)}`]);
    const error = await fault(Object.fromEntries(files));
    expect(error).toMatchObject({ code: "PROMPT_INVALID", details: { file: "x/A.baml", line: 2 } });
    expect(error.message).toMatch(/^x\/A\.baml:2: .*Nothing.*; x\/B\.baml:2: .*; and 2 more$/);
    expect(error.message).not.toMatch(/backtrace|-->/);
  });

  it("names the place of a mistake that it describes in several lines", async () => {
    const error = await fault({ "a.baml": `\n${greet.replace(/ {2}prompt .*\n/, "")}` });
    expect(error.message).toMatch(/^a\.baml:\d: Missing `prompt` field in function/);
  });

  it("that crashes is an error of the files", async () => {
    const deep = `client<llm> Deep {\n  provider openai\n  options {\n    stop ${"[".repeat(5_000)}1${"]".repeat(5_000)}\n  }\n}\n`;
    const error = await fault({ "deep.baml": deep });
    expect(error.code).toBe("PROMPT_INVALID");
    expect(error.message).toMatch(/BAML's compiler crashed \(SIG\w+\) on deep\.baml$/);
  });

  it("that does not end is ended and is an error of the files", async () => {
    const slow = `class Deep {\n  deep ${"(".repeat(40)}int${")".repeat(40)}\n}\n`;
    const error = await fault({ "slow.baml": slow }, { cpuMsMax: 1_500 });
    expect(error.message).toBe(
      "BAML's compiler did not end within 1.5 s of processor time on slow.baml",
    );
  });

  it("ends with its caller", async () => {
    const ending = new AbortController();
    const compiled = compile({ "a.baml": greet }, { signal: ending.signal });
    ending.abort();
    await expect(compiled).rejects.toThrow(/crashed \(SIGKILL\)/);
  });
});
