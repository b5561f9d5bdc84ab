/**
 * The environment: everything that `environment_reload` reads again, replaced as a whole or not at all.
 * Running agents continue undisturbed; later starts use the new one.
 */

import pLimit from "p-limit";
import type { Logger } from "pino";
import type { LlmGateway } from "./llm/gateway.ts";
import type { LlmSettings } from "./llm/model-client.ts";
import { describeModels, findUnknownFunctions, type Models, resolveModels } from "./llm/models.ts";
import type { OwnPrompts } from "./llm/prompts/own-prompts.ts";
import { type PromptPlace, PromptReader } from "./llm/prompts/prompt-reader.ts";
import { TroupeError } from "./model/errors.ts";
import type { ConfigSchema } from "./model/secret-config.ts";
import {
  type AgentTypeSettings,
  type ConfiguredSettings,
  keepSecrets,
  type SettingsChange,
  settingsInEffect,
  type TypeView,
  viewType,
} from "./model/type-settings.ts";
import { refuseNames } from "./settings/agent-variables.ts";
import {
  agentEnvironment,
  needsRestart,
  readVariables,
  reloadSettings,
  type Settings,
} from "./settings/config.ts";
import type { ConfigReading, ConfigTable } from "./store/tables/config-table.ts";
import type { AgentCatalog, AgentType } from "./supervisor/catalog/agent-catalog.ts";
import { type CatalogReader, openCatalog } from "./supervisor/catalog/catalog-reader.ts";
import type { SupervisorSettings } from "./supervisor/supervisor-options.ts";
import type { ThreadRights } from "./supervisor/thread/thread-rights.ts";

/** Milliseconds that a start waits for modules; slower ones load in the background. */
const MODULES_PATIENCE_MS = 2_000;

export interface EnvironmentOptions {
  readonly settings: Settings;
  readonly configs: ConfigTable;
  readonly catalog: AgentCatalog;
  readonly llm: LlmGateway;
  readonly log: Logger;
  /** What threads that run users' modules may see and do. */
  readonly rightsOf: (settings: Settings) => ThreadRights;
}

export class Environment {
  readonly #options: EnvironmentOptions;
  #settings: Settings;
  readonly #promptReader: PromptReader;
  /** Own BAML functions in use. */
  #prompts: OwnPrompts | undefined;
  /** Rows of `agents_config` in effect, by type. */
  #configured: ReadonlyMap<string, ConfiguredSettings> = new Map();
  /** Changes run one after the other. */
  readonly #inTurn = pLimit(1);
  #onChange: (settings: SupervisorSettings) => void = () => undefined;
  /** The start's reader; undefined once it has finished, or a reload has replaced its types. */
  #reader: CatalogReader | undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#settings = options.settings;
    const { log } = options;
    this.#promptReader = new PromptReader({
      env: agentEnvironment(),
      onFault: (fault) => log.error({ err: fault }, "own BAML functions left out"),
      onWarning: (warning) => log.warn(warning),
    });
  }

  /**
   * The first reading: a broken module, row or BAML file is logged and left out. Slow modules continue to
   * load afterwards, and change the settings when they have loaded.
   * @throws {TroupeError} `SETTING_INVALID` for a folder that does not exist, or a key that agents would see.
   */
  async load(): Promise<SupervisorSettings> {
    const { catalog, llm, log, rightsOf } = this.#options;
    this.#prompts = await this.#promptReader.open(promptPlace(this.#settings));
    refuseNames(this.#settings.agentEnv, this.#prompts?.prompts?.keys ?? []);
    if (this.#prompts !== undefined) {
      await llm.reconfigure(llmSettings(this.#settings), this.#prompts);
    }
    const reader = await openCatalog(this.#settings.agents, rightsOf(this.#settings));
    this.#reader = reader;
    this.#logPassedOver(reader);
    await reader.finish(MODULES_PATIENCE_MS);
    const { reading, loading } = reader;
    for (const problem of reading.problems) log.error({ err: problem }, "agent module left out");
    catalog.replace(reading, loading.length > 0);
    if (loading.length > 0) this.#loadInBackground(reader);
    const { types, problems } = await this.#readConfigs();
    for (const problem of problems) log.error({ err: problem }, "agents_config row left out");
    this.#configured = types;
    const models = resolveModels(llmSettings(this.#settings));
    for (const problem of unknownModels(models, catalog.types, types)) {
      log.error({ err: problem }, "calls of this type's agents will fail");
    }
    for (const problem of findUnknownFunctions(this.#settings.modelFile, this.#prompts)) {
      log.error({ err: problem }, "models.json names a function that does not exist");
    }
    return this.#supervisorSettings();
  }

  #loadInBackground(reader: CatalogReader): void {
    const { catalog, log } = this.#options;
    const modules = reader.loading;
    log.warn(
      { modules },
      "agent modules are still loading; agents of their types start afterwards",
    );
    const loaded = reader.follow((file, problem) => {
      if (problem !== undefined) log.error({ err: problem }, "agent module left out");
      else log.info({ module: file }, "agent module loaded");
      catalog.replace(reader.reading, reader.loading.length > 0);
      // Before starts that wait for the type continue.
      this.#onChange(this.#supervisorSettings());
    });
    loaded.catch((error: unknown) =>
      log.error({ err: error }, "agent modules were not all loaded"),
    );
  }

  #logPassedOver({ passedOver }: CatalogReader): void {
    for (const file of passedOver) this.#options.log.warn(`not an agent module: ${file}`);
  }

  /** The settings in effect; a reload replaces them. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Cancels loading modules, and a compiler that runs. */
  async close(): Promise<void> {
    this.#promptReader[Symbol.dispose]();
    await this.#reader?.close();
  }

  /** Calls the listener with the settings after each accepted change. */
  onChange(listener: (settings: SupervisorSettings) => void): void {
    this.#onChange = listener;
  }

  /**
   * Reads `.env`, `agents_config`, the user agents' modules and own BAML functions again.
   * @returns names of settings that have changed since the start of the process and need a restart
   * @throws {TroupeError} the first problem of any of them; then nothing has changed.
   */
  reload(): Promise<readonly string[]> {
    return this.#inTurn(() => this.#reload());
  }

  /** The JSON Schema of a type's config. */
  findSchema(type: string): ConfigSchema {
    return this.#options.catalog.find(type)?.configSchema;
  }

  /** All types with their settings. */
  async types(): Promise<readonly TypeView[]> {
    const { types } = await this.#options.configs.read();
    return this.#options.catalog.types.map((type) => this.#view(type, types));
  }

  /**
   * Changes settings of a type in `agents_config`; later starts use them.
   * @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, `SETTING_INVALID`, `STORE_UNAVAILABLE`.
   */
  changeType(name: string, change: SettingsChange): Promise<TypeView> {
    const { catalog, configs, log } = this.#options;
    return this.#inTurn(async () => {
      const type = catalog.get(name);
      const stored = await configs.find(name).catch(() => undefined); // an invalid row may be mended
      await configs.change(name, keepSecrets(change, stored, type.configSchema), Date.now());
      const { types, problems } = await this.#readConfigs();
      for (const problem of problems) log.error({ err: problem }, "agents_config row left out");
      this.#configured = types;
      this.#onChange(this.#supervisorSettings());
      return this.#view(type, types);
    });
  }

  /** A row for no possible type is logged, and rejects nothing: a reload cannot be meant to use it. */
  async #readConfigs(): Promise<ConfigReading> {
    const reading = await this.#options.configs.read();
    for (const stray of reading.strays) {
      this.#options.log.warn({ err: stray }, "agents_config row ignored");
    }
    return reading;
  }

  /** `settings` are in effect, `configured` are in the table. */
  #view(type: AgentType, stored: ReadonlyMap<string, ConfiguredSettings>): TypeView {
    const { settings } = viewType(type, this.#configured.get(type.name), this.#settings);
    return { ...viewType(type, stored.get(type.name), this.#settings), settings };
  }

  #supervisorSettings(): SupervisorSettings {
    const { destroyTimeoutMs, agentMemoryMb, idleMs, keepPrompts } = this.#settings;
    const typeSettings = new Map<string, AgentTypeSettings>();
    for (const [name, row] of this.#configured)
      typeSettings.set(name, settingsInEffect(name, {}, row));
    for (const { name, settings } of this.#options.catalog.types) {
      typeSettings.set(name, settingsInEffect(name, settings, this.#configured.get(name)));
    }
    const keepsPrompts = keepPrompts === "on";
    return { typeSettings, destroyTimeoutMs, agentMemoryMb, idleMs, keepsPrompts };
  }

  async #reload(): Promise<readonly string[]> {
    const { catalog, llm, log, rightsOf } = this.#options;
    const settings = await reloadSettings(this.#settings);
    const reader = await openCatalog(settings.agents, rightsOf(settings));
    await reader.finish();
    const reading = firstProblem(reader.reading);
    const { types } = firstProblem(await this.#readConfigs());
    const models = resolveModels(llmSettings(settings));
    const [problem] = unknownModels(models, reading.types, types);
    if (problem !== undefined) throw problem;
    const prompts = await this.#promptReader.compile(promptPlace(settings), this.#prompts);
    refuseNames(settings.agentEnv, prompts.own?.prompts?.keys ?? []);
    const [unknown] = findUnknownFunctions(settings.modelFile, prompts.own);
    if (unknown !== undefined) throw unknown;
    await llm.reconfigure(llmSettings(settings), prompts.own);
    this.#prompts = prompts.own;
    await prompts.writeTypes();
    await this.#reader?.close();
    this.#logPassedOver(reader);
    catalog.replace(reading);
    this.#settings = settings;
    this.#configured = types;
    this.#onChange(this.#supervisorSettings());
    log.level = settings.log;
    log.info(
      { types: reading.types.length, model: describeModels(llm.models) },
      "environment reloaded",
    );
    for (const warning of settings.warnings) log.warn(warning);
    const waiting = needsRestart(this.#options.settings, settings);
    if (waiting.length > 0) log.warn(`${waiting.join(", ")} changed; restart to apply`);
    return waiting;
  }
}

/** The part of the settings for the model gateway. */
export function llmSettings(settings: Settings): LlmSettings {
  const { llm, llmBaseUrl, llmModel, llmConcurrency, modelFile } = settings;
  return {
    provider: llm,
    baseUrl: llmBaseUrl,
    model: llmModel,
    concurrency: llmConcurrency,
    env: settings.llmEnv,
    models: modelFile,
  };
}

function promptPlace(settings: Settings): PromptPlace {
  return {
    folder: settings.baml,
    projectFolder: settings.projectFolder,
    readVariables: (names) => readVariables(settings, names),
  };
}

/** One error for each type whose model does not exist. */
function unknownModels(
  models: Models,
  types: readonly AgentType[],
  configured: ReadonlyMap<string, ConfiguredSettings>,
): readonly TroupeError[] {
  return types.flatMap(({ name, settings }) => {
    const { model } = settingsInEffect(name, settings, configured.get(name));
    const problem = model === null ? undefined : models.problemOf(model);
    if (problem === undefined) return [];
    return [new TroupeError("LLM_MODEL_UNKNOWN", `agent type ${name}: ${problem.message}`)];
  });
}

function firstProblem<T extends { readonly problems: readonly Error[] }>(reading: T): T {
  const [problem] = reading.problems;
  if (problem !== undefined) throw problem;
  return reading;
}
