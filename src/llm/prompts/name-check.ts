/** Refuses names of own BAML files that exist twice, and those that `ctx.llm` cannot have. Pure. */

import type { Declaration } from "./declarations.ts";
import { promptInvalid } from "./prompt-invalid.ts";

/** Names that BAML keeps apart. */
const spaces: Readonly<Record<Declaration["kind"], string>> = {
  function: "function",
  client: "client",
  class: "type",
  enum: "type",
  type: "type",
  retry_policy: "retry policy",
  template_string: "template string",
  test: "test",
  generator: "generator",
};

/** Whether Troupe has a name of its own. */
type BuiltIn = Partial<Readonly<Record<Declaration["kind"], (name: string) => boolean>>>;

/** @throws {TroupeError} `PROMPT_INVALID`, with both places of a name. */
export function checkNames(declarations: readonly Declaration[], builtIn: BuiltIn): void {
  const first = new Map<string, Declaration>();
  for (const one of declarations) {
    const { kind, name } = one;
    // BAML compares tests by their functions too, and Troupe runs none.
    if (kind === "test" || kind === "generator") continue;
    if (builtIn[kind]?.(name) === true) {
      throw promptInvalid(one, `is a ${kind} of Troupe; choose another name`);
    }
    if (kind === "function" && !/^[A-Z]/.test(name)) {
      throw promptInvalid(one, "the name of a function must begin with a capital letter");
    }
    const key = `${spaces[kind]} ${name}`;
    const other = first.get(key);
    if (other !== undefined) {
      throw promptInvalid(one, `exists already, at ${other.file}:${other.line}`);
    }
    first.set(key, one);
  }
}
