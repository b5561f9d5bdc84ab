import { describe, expect, it } from "vitest";
import { readDeclarations, readEntries } from "../../../src/llm/prompts/declarations.ts";

const source = `// function InAComment(a: string) -> string { client X }
{// class InABlock { "
//}
/// Documented, with a "quote.
class Person {
  name string @description("} class Inside {")
  age int? @check(old, {{ this > 0 }})
  level "junior" | "senior"
}
enum Mood { Good @alias("{") Bad }
type Json = int | Json[] | map<string, Json>
template_string Hello(a: string) #"class InText { function Nope( "quoted" "#
client<llm> Big {
  provider openai
  options {
    model "a \\"big\\" one"
    headers { "x-a" "function F(" }
    temperature 0.5
    stop ["}", "{"]
  }
}
retry_policy Twice { max_retries 2 }
function Rate(a: Person, b: map<string, string[]>) -> Mood @check(m, {{ true }}) {
  client "openai/gpt-6"
  prompt ##"{{ ctx }} "# function Nope() "##
}
test T { functions [Rate] args { a { name "x" } } }
`;

describe("declarations", () => {
  it("are found with their names and lines, whatever comments and texts hold", () => {
    const found = readDeclarations({ "a.baml": source });
    expect(found.map(({ kind, name, line }) => [kind, name, line])).toEqual([
      ["class", "Person", 5],
      ["enum", "Mood", 10],
      ["type", "Json", 11],
      ["template_string", "Hello", 12],
      ["client", "Big", 13],
      ["retry_policy", "Twice", 22],
      ["function", "Rate", 23],
      ["test", "T", 27],
    ]);
  });

  it("of functions have the names of their parameters, whatever their types are", () => {
    const types = 'map<string, "a:b" | int>, c : (int | Big)[]?, d: string @check(x, {{ y: 1 }})';
    const found = readDeclarations({
      "a.baml": `${source}function Much(a: string, b: ${types}) -> int { client Big }
function None() -> int { client Big }`,
    });
    const functions = found.filter(({ kind }) => kind === "function");
    expect(functions.map(({ parameters }) => parameters)).toEqual([
      ["a", "b"],
      ["a", "b", "c", "d"],
      [],
    ]);
  });

  it("have the entries of their block, nested ones whole", () => {
    const big = readDeclarations({ "a.baml": source }).find(({ name }) => name === "Big");
    const [provider, options] = readEntries(big?.body ?? []);
    expect(provider?.value.map(({ text }) => text)).toEqual(["openai"]);
    const inner = readEntries(options?.value.slice(1, -1) ?? []);
    expect(inner.map(({ key }) => key.text)).toEqual(["model", "headers", "temperature", "stop"]);
    expect(inner[0]?.value[0]?.text).toBe('a "big" one');
  });

  it.each(['\\"', '##" ', "{// ", "#", '"#', "[", "enum A { B }\n"])(
    "of a megabyte of %j are read in one pass",
    (part) => {
      const text = part.repeat(2 ** 20 / part.length);
      const found = readDeclarations({ "a.baml": text });
      expect(found.length === 0 || found.at(-1)?.line === found.length).toBe(true);
    },
  );

  it.each([
    "class A {",
    'class A { b "',
    "function",
    "function F(",
    "}",
    "",
    'function F() -> x #"',
  ])("of a source that ends early are read without an error: %j", (text) => {
    expect(readDeclarations({ "a.baml": text }).length).toBeLessThanOrEqual(1);
  });
});
