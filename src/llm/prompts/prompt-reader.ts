/**
 * Own functions at a start and at a reload. A start serves while they are compiled, and continues without
 * them if they are broken, until a reload mends them; a reload compiles first, and is rejected.
 */

import { join } from "node:path";
import { TroupeError } from "../../model/errors.ts";
import { type Environment, proxyVariables } from "../providers.ts";
import { proxiesIn } from "../proxies.ts";
import { compilePrompts } from "./compiler.ts";
import type { OwnPrompts } from "./own-prompts.ts";
import { type Prompts, readPrompts } from "./prompts.ts";
import { readTypesId, writeTypes } from "./types-file.ts";

export interface PromptReaderOptions {
  /** The environment of the compiler's process; needs no key. */
  readonly env: Environment;
  readonly onFault: (fault: TroupeError) => void;
  readonly onWarning: (warning: string) => void;
}

/** Where the functions are. */
export interface PromptPlace {
  /** Null if there are none. */
  readonly folder: string | null;
  /** The folder whose `.troupe` gets the types. */
  readonly projectFolder: string;
  /** Values of the variables that a client reads. */
  readonly readVariables: (names: readonly string[]) => Environment;
}

/** Functions that have compiled, and are not in use yet. */
export interface CompiledPrompts {
  readonly own: OwnPrompts | undefined;
  /** Writes their types, if they have changed. Never rejects. */
  writeTypes(): Promise<void>;
}

export class PromptReader implements Disposable {
  readonly #options: PromptReaderOptions;
  readonly #ending = new AbortController();

  constructor(options: PromptReaderOptions) {
    this.#options = options;
  }

  /**
   * Resolves before they are compiled. If their types are those of the last time, they have compiled.
   * @throws {TroupeError} `SETTING_INVALID` if there is no such folder.
   */
  async open(place: PromptPlace): Promise<OwnPrompts | undefined> {
    if (place.folder === null) return undefined;
    try {
      const prompts = await readPrompts(place.folder);
      return { ...ownOf(prompts, place), fault: this.#findFault(prompts, place) };
    } catch (fault) {
      if (!(fault instanceof TroupeError) || fault.code !== "PROMPT_INVALID") throw fault;
      this.#options.onFault(fault);
      return { prompts: undefined, env: {}, proxyEnv: {}, fault: settled(fault) };
    }
  }

  /**
   * Reads and compiles.
   * @param current functions in use; the same ones are not compiled again
   * @throws {TroupeError} `PROMPT_INVALID`, `SETTING_INVALID`
   */
  async compile(place: PromptPlace, current: OwnPrompts | undefined): Promise<CompiledPrompts> {
    if (place.folder === null) return { own: undefined, writeTypes: async () => undefined };
    const prompts = await readPrompts(place.folder);
    const isSame = prompts.id === current?.prompts?.id && (await current.fault) === undefined;
    const types = isSame ? undefined : await this.#compile(prompts);
    return {
      own: { ...ownOf(prompts, place), fault: settled(undefined) },
      writeTypes: () => this.#writeTypes(prompts, types, place),
    };
  }

  /** Ends a compiler that runs. */
  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  async #findFault(prompts: Prompts, place: PromptPlace): Promise<TroupeError | undefined> {
    if ((await readTypesId(typesPath(place))) === prompts.id) return undefined;
    try {
      const types = await this.#compile(prompts);
      await this.#writeTypes(prompts, types, place);
      return undefined;
    } catch (thrown) {
      const fault =
        thrown instanceof TroupeError
          ? thrown
          : new TroupeError("INTERNAL", "own BAML files were not compiled", { cause: thrown });
      if (!this.#ending.signal.aborted) this.#options.onFault(fault);
      return fault;
    }
  }

  #compile({ set }: Prompts): Promise<string | undefined> {
    const { env } = this.#options;
    return compilePrompts(set, { env, signal: this.#ending.signal });
  }

  async #writeTypes(
    prompts: Prompts,
    types: string | undefined,
    place: PromptPlace,
  ): Promise<void> {
    if (types === undefined) return;
    const path = typesPath(place);
    try {
      await writeTypes(path, prompts, types);
    } catch (error) {
      const { message } = error as Error;
      this.#options.onWarning(`types of own BAML functions were not written: ${message}`);
    }
  }
}

export function typesPath({ projectFolder }: Pick<PromptPlace, "projectFolder">): string {
  return join(projectFolder, ".troupe", "llm.d.ts");
}

function ownOf(prompts: Prompts, { readVariables }: PromptPlace): Omit<OwnPrompts, "fault"> {
  const env = readVariables(prompts.variables);
  return { prompts, env, proxyEnv: proxiesIn(readVariables(proxyVariables)) };
}

function settled(fault: TroupeError | undefined): OwnPrompts["fault"] {
  return Promise.resolve(fault);
}
