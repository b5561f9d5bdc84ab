/**
 * Reads the folder of agents: modules load concurrently and are reported one by one, so that one that
 * hangs does not delay the others.
 */

import { basename, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import pLimit from "p-limit";
import { waitAtMost } from "../../deadline.ts";
import { TroupeError } from "../../model/errors.ts";
import type { ThreadRights } from "../thread/thread-rights.ts";
import { type AgentType, builtInTypes, type CatalogContent } from "./agent-catalog.ts";
import { findModules, type ModuleFiles } from "./module-files.ts";
import { type Fault, type Inspection, inspectModule, readTypeNames } from "./module-inspection.ts";

/** Modules that start to load at the same time. */
const INSPECTED_AT_ONCE_MAX = 4;
/**
 * Milliseconds after which a module that is still loading makes room for the next one. With the
 * deadline it bounds the threads to 16 if every module waits for what never comes. Not sooner: on an overloaded machine good
 * modules are slow too, and would only compete for the processor.
 */
const SLOW_MS = 2_500;

/** A module that is being loaded. */
interface OpenModule {
  readonly file: string;
  /** Never rejects. */
  readonly inspection: Promise<Inspection>;
  /** Resolves once the inspection is added, or dropped. */
  readonly taken: PromiseWithResolvers<void>;
  /** Types that its text seems to define; read if a later module has loaded first. */
  names?: Promise<readonly string[]>;
}

/**
 * Reads the modules of `path`, a folder or one module; null = only the built-in types.
 * @throws {TroupeError} `SETTING_INVALID` if `path` does not exist.
 */
export async function readCatalog(
  path: string | null,
  rights: ThreadRights,
): Promise<Required<CatalogContent>> {
  const reader = await openCatalog(path, rights);
  await reader.finish();
  return reader.reading;
}

/** As {@link readCatalog}, without waiting for any module. */
export async function openCatalog(
  path: string | null,
  rights: ThreadRights,
): Promise<CatalogReader> {
  const found = path === null ? { modules: [], passedOver: [] } : await findModules(path);
  return new CatalogReader({ path: path ?? "", ...found, rights });
}

interface ReaderOptions extends ModuleFiles {
  readonly path: string;
  readonly rights: ThreadRights;
}

/** The modules of a folder while they load. */
export class CatalogReader {
  /** One sentence for each file that resembles a module and is ignored. */
  readonly passedOver: readonly string[];
  readonly #path: string;
  readonly #ending = new AbortController();
  /** Modules whose inspection has not been added yet, in the order of their names. */
  readonly #open: Set<OpenModule>;
  readonly #types: AgentType[] = [...builtInTypes];
  readonly #problems: TroupeError[] = [];

  constructor({ path, modules, passedOver, rights }: ReaderOptions) {
    this.#path = path;
    this.passedOver = passedOver;
    const limit = pLimit(INSPECTED_AT_ONCE_MAX);
    const { signal } = this.#ending;
    const open = modules.map((file) => {
      const { promise, resolve: take } = Promise.withResolvers<Inspection>();
      void limit(async () => {
        const inspection = inspectModule(file, { rights, signal });
        take(inspection);
        await waitAtMost(inspection, SLOW_MS);
      });
      return { file, inspection: promise, taken: Promise.withResolvers<void>() };
    });
    this.#open = new Set(open);
  }

  get reading(): Required<CatalogContent> {
    return { types: [...this.#types], problems: [...this.#problems] };
  }

  /** Modules that are still loading. */
  get loading(): readonly string[] {
    return [...this.#open].map(({ file }) => file);
  }

  /** Waits for all modules, at most `ms` milliseconds if given; then adds those that have loaded. */
  async finish(ms?: number): Promise<void> {
    const loaded = new Map<OpenModule, Inspection>();
    const all = Promise.all(
      [...this.#open].map(async (module) => loaded.set(module, await module.inspection)),
    );
    if (ms === undefined) await all;
    else await waitAtMost(all, ms);
    // In the order of their names: of two modules with one type the first has it.
    for (const module of [...this.#open]) {
      const inspection = loaded.get(module);
      if (inspection === undefined) continue;
      if ((await this.#findRival(module, inspection)) === undefined) this.#add(module, inspection);
    }
  }

  /** Adds modules as they load; `onEach` is called after each. */
  async follow(onEach: (file: string, problem: TroupeError | undefined) => void): Promise<void> {
    const followed = [...this.#open].map(async (module) => {
      const inspection = await module.inspection;
      await this.#yieldToRivals(module, inspection);
      if (!this.#ending.signal.aborted) onEach(module.file, this.#add(module, inspection));
      module.taken.resolve();
    });
    await Promise.all(followed);
  }

  async #yieldToRivals(module: OpenModule, inspection: Inspection): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const rival = await this.#findRival(module, inspection);
      if (rival === undefined) return;
      await rival.taken.promise;
    }
  }

  /**
   * An earlier module that still loads, and whose text seems to define the same type: otherwise the type
   * would be of whichever loads first, and its agents could have other code after the next start.
   */
  async #findRival(module: OpenModule, inspection: Inspection): Promise<OpenModule | undefined> {
    if ("problem" in inspection) return undefined;
    for (const other of [...this.#open]) {
      if (other === module) return undefined;
      other.names ??= readTypeNames(other.file);
      if ((await other.names).includes(inspection.type) && this.#open.has(other)) return other;
    }
    return undefined;
  }

  /** Drops the rest. Resolves once none of its threads runs. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#open].map(({ inspection }) => inspection));
  }

  /** @returns why the module cannot be used, if it cannot */
  #add(module: OpenModule, inspection: Inspection): TroupeError | undefined {
    this.#open.delete(module);
    const { file } = module;
    const fault = this.#faultOf(inspection);
    if (fault !== undefined) {
      const problem = broken(file, fault);
      this.#problems.push(problem);
      return problem;
    }
    const { type: name, ...defined } = inspection as Exclude<Inspection, Fault>;
    const source = placeOf(file, this.#path);
    const moduleUrl = pathToFileURL(file).href;
    this.#types.push({ name, moduleUrl, source, ...defined });
    return undefined;
  }

  #faultOf(inspection: Inspection): Fault | undefined {
    if ("problem" in inspection) return inspection;
    const { type } = inspection;
    const other = this.#types.find(({ name }) => name === type);
    if (other === undefined) return undefined;
    const owner =
      other.moduleUrl === null ? "is built in" : `is defined by ${other.source} already`;
    return { problem: `its type ${type} ${owner}` };
  }
}

/** The module's path in the folder of agents; its file name if `path` is the module. */
function placeOf(file: string, path: string): string {
  return relative(resolve(path), file).replaceAll("\\", "/") || basename(file);
}

/** The error's stack is the picture of the fault. */
function broken(file: string, { problem, picture, code, types = [] }: Fault): TroupeError {
  const message = problem.includes(file) ? problem : `agent module ${file}: ${problem}`;
  const error = new TroupeError(code ?? "AGENT_MODULE_BROKEN", message, {
    details: { file, types },
  });
  error.stack = picture === undefined ? message : `${message}\n${picture}`;
  return error;
}
