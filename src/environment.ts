/**
 * The environment: everything that `environment_reload` reads again, replaced as a whole or not at
 * all. What runs goes on undisturbed; what starts later uses the new.
 */

import type { Logger } from "pino";
import { agentEnvironment, needsRestart, reloadSettings, type Settings } from "./config.ts";
import type { LlmGateway } from "./llm/gateway.ts";
import type { LlmSettings } from "./llm/providers.ts";
import type { ConfigTable } from "./store/config-table.ts";
import { type AgentCatalog, readCatalog } from "./supervisor/agent-catalog.ts";
import type { SupervisorSettings } from "./supervisor/supervisor.ts";
import type { TypeSettings } from "./supervisor/type-settings.ts";

export interface EnvironmentOptions {
  readonly settings: Settings;
  readonly configs: ConfigTable;
  readonly catalog: AgentCatalog;
  readonly llm: LlmGateway;
  readonly log: Logger;
}

export class Environment {
  readonly #options: EnvironmentOptions;
  #settings: Settings;
  #onChange: (settings: SupervisorSettings) => void = () => undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** The first reading: a module or a row that is broken is logged and left out. */
  async load(): Promise<SupervisorSettings> {
    const { catalog, configs, log } = this.#options;
    const reading = await readCatalog(this.#settings.agents, agentEnvironment());
    for (const problem of reading.problems) log.error({ err: problem }, "agent module left out");
    catalog.replace(reading.types);
    const { types, problems } = await configs.read();
    for (const problem of problems) log.error({ err: problem }, "agents_config row left out");
    return supervisorSettings(types, this.#settings);
  }

  /** Whoever uses the settings hears of each reload that was accepted. */
  onChange(listener: (settings: SupervisorSettings) => void): void {
    this.#onChange = listener;
  }

  /**
   * Reads `.env`, `agents_config` and the user agents' modules again.
   * @returns settings that have changed since the process started and need a restart, by name
   * @throws {TroupeError} the first problem of any of them; nothing has changed then.
   */
  async reload(): Promise<readonly string[]> {
    const { catalog, configs, llm, log } = this.#options;
    const settings = reloadSettings(this.#settings);
    const reading = firstProblem(await readCatalog(settings.agents, agentEnvironment()));
    const { types } = firstProblem(await configs.read());
    await llm.reconfigure(llmSettings(settings));
    catalog.replace(reading.types);
    this.#settings = settings;
    this.#onChange(supervisorSettings(types, settings));
    log.level = settings.log;
    log.info({ types: reading.types.length, model: llm.describe() }, "environment reloaded");
    for (const warning of settings.warnings) log.warn(warning);
    const waiting = needsRestart(this.#options.settings, settings);
    if (waiting.length > 0) log.warn(`${waiting.join(", ")} changed; that needs a restart`);
    return waiting;
  }
}

function supervisorSettings(typeSettings: TypeSettings, settings: Settings): SupervisorSettings {
  const { destroyTimeoutMs, agentMemoryMb } = settings;
  return { typeSettings, destroyTimeoutMs, agentMemoryMb };
}

/** What the model gateway needs of the settings. */
export function llmSettings(settings: Settings): LlmSettings {
  const { llm, llmBaseUrl, llmModel, llmConcurrency } = settings;
  return {
    provider: llm,
    baseUrl: llmBaseUrl,
    model: llmModel,
    concurrency: llmConcurrency,
    env: settings.llmEnv,
  };
}

function firstProblem<T extends { readonly problems: readonly Error[] }>(reading: T): T {
  const [problem] = reading.problems;
  if (problem !== undefined) throw problem;
  return reading;
}
