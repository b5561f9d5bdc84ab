/** The catalog of agent types: the built-in ones and those of the user's modules. */

import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import type { DefinedType } from "../../model/type-settings.ts";

/** One type of agent; `moduleUrl` is null for a built-in one. */
export interface AgentType extends DefinedType {
  readonly moduleUrl: string | null;
  /** URLs of the user's own files that its module loads. */
  readonly files?: readonly string[];
}

export interface CatalogContent {
  readonly types: readonly AgentType[];
  /** One error for each module that cannot be used: `AGENT_MODULE_BROKEN`, with file and cause. */
  readonly problems?: readonly TroupeError[];
}

export const builtInTypes: readonly AgentType[] = [
  {
    name: "joke",
    moduleUrl: null,
    source: "built-in",
    configSchema: null,
    guidanceSchema: null,
    settings: {},
  },
];

/**
 * The known types. While modules are still loading, a further type may appear: {@link waitFor} waits.
 */
export class AgentCatalog {
  #types: ReadonlyMap<string, AgentType> = byName(builtInTypes);
  /** One for each module that cannot be used. */
  #problems: readonly TroupeError[] = [];
  /** Resolves with the next change; undefined while no module is loading. */
  #change: PromiseWithResolvers<void> | undefined;

  /**
   * @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, which names the known ones; the fault of the type's module
   * if that cannot be used.
   */
  get(name: string): AgentType {
    const type = this.#types.get(name);
    if (type !== undefined) return type;
    const problem = this.#problems.find((each) => hasType(each, name));
    if (problem !== undefined) throw problem;
    const known = [...this.#types.keys()].join(", ");
    const message = `agent type must be one of ${known}, got ${excerpt(name)}`;
    throw new TroupeError("AGENT_TYPE_UNKNOWN", message);
  }

  find(name: string): AgentType | undefined {
    return this.#types.get(name);
  }

  has(name: string): boolean {
    return this.#types.has(name);
  }

  /** True if the type is known, or may be once every module has loaded. */
  mayHave(name: string): boolean {
    return this.has(name) || this.#change !== undefined;
  }

  get types(): readonly AgentType[] {
    return [...this.#types.values()];
  }

  /** @param isLoading true while further modules are loading */
  replace({ types, problems = [] }: CatalogContent, isLoading = false): void {
    this.#types = byName(types);
    this.#problems = problems;
    const changed = this.#change;
    this.#change = isLoading ? Promise.withResolvers<void>() : undefined;
    changed?.resolve();
  }

  /** Resolves once the type is known, no module is loading, or `signal` is aborted. */
  async waitFor(name: string, signal: AbortSignal): Promise<void> {
    if (this.has(name) || this.#change === undefined) return;
    const aborted = Promise.withResolvers<void>();
    const abort = () => aborted.resolve();
    signal.addEventListener("abort", abort);
    while (!signal.aborted && !this.has(name) && this.#change !== undefined) {
      await Promise.race([this.#change.promise, aborted.promise]);
    }
    signal.removeEventListener("abort", abort);
  }
}

/** True if the module that cannot be used seems to define this type. */
function hasType({ details }: TroupeError, name: string): boolean {
  const { types } = details as { readonly types?: readonly string[] };
  return types?.includes(name) === true;
}

function byName(types: readonly AgentType[]): ReadonlyMap<string, AgentType> {
  return new Map(types.map((type) => [type.name, type]));
}
