/** The types of agents without a server: as the settings and the table `agents_config` have them now. */

import { type SettingsChange, type TypeView, viewType } from "../model/type-settings.ts";
import type { ConfigTable } from "../store/tables/config-table.ts";
import type { AgentType } from "../supervisor/catalog/agent-catalog.ts";
import { readSettings } from "./open-database.ts";
import type { DatabaseOptions } from "./options.ts";
import { errorLine, note } from "./text/terminal-output.ts";

export class TableTypes {
  readonly #configs: ConfigTable;
  readonly #options: DatabaseOptions;

  constructor(configs: ConfigTable, options: DatabaseOptions) {
    this.#configs = configs;
    this.#options = options;
  }

  async list(): Promise<readonly TypeView[]> {
    const { types } = await this.#configs.read();
    const settings = await this.#settings();
    const known = await this.#readCatalog();
    return known.map((type) => viewType(type, types.get(type.name), settings));
  }

  /** @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, `SETTING_INVALID`. */
  async change(name: string, change: SettingsChange): Promise<TypeView> {
    const { AgentCatalog } = await import("../supervisor/catalog/agent-catalog.ts");
    const catalog = new AgentCatalog();
    catalog.replace(await this.#readCatalog());
    const type = catalog.get(name);
    await this.#configs.change(name, change, Date.now());
    return viewType(type, await this.#configs.find(name), await this.#settings());
  }

  #settings() {
    return readSettings({ db: this.#options.db });
  }

  /** Modules that cannot be used are told of, as a start would. */
  async #readCatalog(): Promise<readonly AgentType[]> {
    const { readCatalog } = await import("../supervisor/catalog/catalog-reader.ts");
    const { agentEnvironment } = await import("../config.ts");
    const { agents } = await this.#settings();
    const { types, problems } = await readCatalog(agents, agentEnvironment());
    for (const problem of problems) note(errorLine(problem));
    return types;
  }
}
