/**
 * Whether own functions can be called now. While their files are being compiled, and while they are broken,
 * calls of them wait, as for a model that is down: neither is the fault of an agent.
 */

import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import type { LlmRequest } from "../../model/llm-call.ts";
import { builtInFunctions, builtInParameters } from "./built-in-functions.ts";
import { checkArgumentNames } from "./function-parameters.ts";
import type { OwnPrompts, OwnTask } from "./own-prompts.ts";

export class PromptGate {
  readonly #onSettled: () => void;
  #own: OwnPrompts | undefined;
  /** `compiling`, or why they cannot be used; undefined if they can, or if there are none. */
  #obstacle: "compiling" | TroupeError | undefined;

  /** @param onSettled called when it is known whether functions compile */
  constructor(onSettled: () => void) {
    this.#onSettled = onSettled;
  }

  /** Uses other functions from now on. */
  use(own: OwnPrompts | undefined): void {
    this.#own = own;
    this.#obstacle = own && "compiling";
    void own?.fault.then((fault) => {
      if (this.#own !== own) return;
      this.#obstacle = fault;
      this.#onSettled();
    });
  }

  /** True if calls of the function wait. */
  isShut(name: string): boolean {
    return this.#obstacle !== undefined && !builtInFunctions.includes(name);
  }

  /** True if only a reload helps. */
  get isBroken(): boolean {
    return this.#obstacle instanceof TroupeError;
  }

  /** Why calls wait. */
  get reason(): string {
    if (this.#obstacle instanceof TroupeError) return this.#obstacle.message;
    return "they are being compiled";
  }

  /** The error of a call that has waited too long. */
  faultOf(name: string): TroupeError {
    const fault = this.#obstacle instanceof TroupeError ? this.#obstacle : undefined;
    const code = fault?.code === "PROMPT_INVALID" ? fault.code : "LLM_UNAVAILABLE";
    const message = `${excerpt(name)} cannot be called, own BAML functions are left out: ${this.reason}`;
    return new TroupeError(code, message, { cause: fault });
  }

  /**
   * The part of a call's task; undefined for a built-in function.
   * @throws {TroupeError} `LLM_FUNCTION_UNKNOWN`; `LLM_ARGUMENTS_INVALID` for arguments that it does not have
   */
  taskOf(request: LlmRequest): OwnTask | undefined {
    const { function: name } = request;
    if (builtInFunctions.includes(name)) {
      checkArgumentNames(request, builtInParameters[name] ?? []);
      return undefined;
    }
    const { prompts, env = {} } = this.#own ?? {};
    if (prompts !== undefined && Object.hasOwn(prompts.set.functions, name)) {
      checkArgumentNames(request, prompts.parameters[name] ?? []);
      return { id: prompts.id, shared: prompts.shared, variables: Object.keys(env) };
    }
    const known = [...builtInFunctions, ...Object.keys(prompts?.set.functions ?? {})].join(", ");
    throw new TroupeError(
      "LLM_FUNCTION_UNKNOWN",
      `BAML function must be one of ${known}, got ${excerpt(name)}`,
    );
  }
}
