import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OwnModels } from "../../../src/llm/prompts/own-models.ts";
import { BAML_VERSION, makePrompts, type Prompts } from "../../../src/llm/prompts/prompts.ts";
import { TroupeError } from "../../../src/model/errors.ts";
import { projectRoot } from "../../support/tool-source.ts";

const greet = (name: string, client = "Default") =>
  `function ${name}(who: string) -> string {\n  client ${client}\n  prompt #"{{ who }}"#\n}\n`;

/** Names of the clients that may answer a function, in their order. */
function clientsOf(prompts: Prompts, name: string): readonly string[] {
  const env = Object.fromEntries(prompts.variables.map((variable) => [variable, "set"]));
  const own = { prompts, env, proxyEnv: {}, fault: Promise.resolve(undefined) };
  const chosen = new OwnModels(own, { source: "", connectMs: 1 }).choose(name) ?? ["Default"];
  return chosen.map((one) => (typeof one === "string" ? one : one.name));
}

function fault(files: Readonly<Record<string, string>>): TroupeError {
  try {
    makePrompts(files);
  } catch (error) {
    if (error instanceof TroupeError) return error;
  }
  throw new Error("was accepted");
}

describe("names", () => {
  it.each([
    [
      "twice",
      { "a.baml": greet("Greet"), "b/c.baml": `\n\n${greet("Greet")}` },
      "b/c.baml:3: Greet: exists already, at a.baml:1",
    ],
    ["built in", { "a.baml": `// x\n${greet("Ask")}` }, "a.baml:2: Ask: is a function of Troupe"],
    [
      "the fleet's client",
      { "a.baml": "client<llm> Default { provider openai options { } }" },
      "a.baml:1: Default: is a client of Troupe",
    ],
    [
      "the name of a model's client",
      { "a.baml": "client<llm> TroupeModel1 { provider openai options { } }" },
      "a.baml:1: TroupeModel1: is a client of Troupe",
    ],
    [
      "a class and an enum",
      { "a.baml": "class A { b int }\nenum A { C }" },
      "a.baml:2: A: exists already, at a.baml:1",
    ],
    [
      "in small letters",
      { "a.baml": greet("greet") },
      "a.baml:1: greet: the name of a function must begin with a capital",
    ],
  ])("that cannot be used are refused with file and line: %s", (_, files, message) => {
    const error = fault(files as unknown as Record<string, string>);
    expect(error.code).toBe("PROMPT_INVALID");
    expect(error.message).toContain(message);
    expect(error.details).toMatchObject({ file: expect.any(String), line: expect.any(Number) });
  });

  it("of a function and a class may be the same", () => {
    expect(() =>
      makePrompts({ "a.baml": `class Greet { a int }\n${greet("Greet")}` }),
    ).not.toThrow();
  });
});

describe("clients", () => {
  it("reach a provider through the relay, with deadlines, and keep their lines", () => {
    const files = {
      "a.baml": `client<llm> Big {
  provider "openai"
  options {
    base_url "https://models.example/v1"
    model env.BIG_MODEL
    api_key env.BIG_KEY
    http { request_timeout_ms 5 }
  }
}
client<llm> Small { provider anthropic
  options { model "small" } }
client<llm> Both { provider fallback options { strategy [Small, "openai/gpt-6-luna", Default] } }
${greet("One", "Big")}${greet("Two", "Both")}${greet("Three", '"openai/gpt-6-luna"')}${greet("Four")}`,
    };
    const prompts = makePrompts(files);
    const { set, variables, keys } = prompts;
    const edited = set.files["a.baml"] ?? "";
    expect(edited.split("\n")).toHaveLength(files["a.baml"].split("\n").length);
    expect(edited).not.toContain("models.example");
    expect(edited).toMatch(/http \{ connect_timeout_ms \d+, time_to_first/);
    expect(edited.match(/finish_reason_deny_list/g)).toHaveLength(2);
    expect(set.clients["Big"]).toMatchObject({
      provider: "openai",
      baseUrl: { text: "https://models.example/v1" },
      model: { variable: "BIG_MODEL" },
      key: { variable: "BIG_KEY" },
    });
    expect(set.clients["Small"]).toMatchObject({ baseUrl: { text: "https://api.anthropic.com" } });
    const reached = Object.keys(set.functions).map((name) => [name, clientsOf(prompts, name)]);
    const mentioned = "TroupeMentioned1";
    expect(Object.fromEntries(reached)).toEqual({
      One: ["Big"],
      Two: ["Small", mentioned, "Default"],
      Three: [mentioned],
      Four: ["Default"],
    });
    expect(new Set(variables)).toEqual(
      new Set(["BIG_MODEL", "BIG_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"]),
    );
    expect(keys).toEqual(["BIG_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"]);
  });

  it.each([
    ['provider "aws-bedrock" options { model "x" }', "its provider must be one of openai,"],
    ['provider openai-generic options { model "x" }', "provider openai-generic needs a base_url"],
    ['provider openai options { base_url "ftp://x" }', "its base_url must be an http or https URL"],
    ["provider openai", "needs options"],
    ["provider openai options { base_url [1] }", "its base_url must be a text or env.NAME"],
  ])("that cannot be used are refused with file and line: %s", (body, message) => {
    const error = fault({ "a.baml": `\nclient<llm> Own { ${body} }` });
    expect(error.message).toContain(`a.baml:2: Own: ${message}`);
  });

  it("that fall back on each other end", () => {
    const group = (name: string, other: string) =>
      `client<llm> ${name} { provider fallback options { strategy [${other}, Default] } }\n`;
    const source = group("A", "B") + group("B", "A") + greet("Greet", "A");
    expect(clientsOf(makePrompts({ "a.baml": source }), "Greet")).toEqual(["Default"]);
  });
});

describe("prompts", () => {
  it("have the same id for the same sources only", () => {
    const { id } = makePrompts({ "a.baml": greet("Greet") });
    expect(makePrompts({ "a.baml": greet("Greet") }).id).toBe(id);
    expect(makePrompts({ "a.baml": `${greet("Greet")} ` }).id).not.toBe(id);
    expect(makePrompts({ "b.baml": greet("Greet") }).id).not.toBe(id);
  });

  it("leave out tests and generators, and keep the lines after them", () => {
    const files = { "a.baml": `generator g {\n  version "0.1"\n}\ntest T {\n}\n${greet("Greet")}` };
    const edited = makePrompts(files).set.files["a.baml"] ?? "";
    expect(edited).toBe(`\n\n\n\n\n${greet("Greet")}`);
  });

  it("are hashed with the version of BAML that is installed", () => {
    const { dependencies } = JSON.parse(readFileSync(`${projectRoot}/package.json`, "utf8"));
    expect(BAML_VERSION).toBe(dependencies["@boundaryml/baml"]);
  });
});
