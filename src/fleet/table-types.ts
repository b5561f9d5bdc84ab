/** The types of agents without a server: from the modules of agents and the table `agents_config`. */

import type { FindConfigSchema } from "../model/secret-config.ts";
import {
  keepSecrets,
  type SettingsChange,
  type TypeView,
  viewType,
} from "../model/type-settings.ts";
import type { ConfigTable } from "../store/tables/config-table.ts";
import { AgentCatalog, type AgentType } from "../supervisor/catalog/agent-catalog.ts";
import { readCatalog } from "../supervisor/catalog/catalog-reader.ts";
import type { FleetPlace } from "./fleet-place.ts";
import { changeOf } from "./read-checks.ts";

export async function listTypes(
  configs: ConfigTable,
  place: FleetPlace,
): Promise<readonly TypeView[]> {
  const { types } = await configs.read();
  const settings = await place.readSettings();
  const known = await readTypes(place);
  return known.map((type) => viewType(type, types.get(type.name), settings));
}

/** @throws {TroupeError} `AGENT_TYPE_UNKNOWN`, `REQUEST_INVALID`, `SETTING_INVALID`. */
export async function changeType(
  configs: ConfigTable,
  place: FleetPlace,
  name: string,
  change: SettingsChange,
): Promise<TypeView> {
  const asked = changeOf(name, change);
  const catalog = new AgentCatalog();
  catalog.replace({ types: await readTypes(place) });
  const type = catalog.get(name);
  const stored = await configs.find(name).catch(() => undefined); // an invalid row may be mended
  await configs.change(name, keepSecrets(asked, stored, type.configSchema), Date.now());
  return viewType(type, await configs.find(name), await place.readSettings());
}

/** The JSON Schemas of the types' configs, as far as the types are found from here. */
export async function readSchemas(place: FleetPlace): Promise<FindConfigSchema> {
  const types = await readTypes(place);
  const schemas = new Map(types.map(({ name, configSchema }) => [name, configSchema]));
  return (name) => schemas.get(name);
}

/** Modules that cannot be used are warned about, as at a start. */
async function readTypes({ readSettings, warn }: FleetPlace): Promise<readonly AgentType[]> {
  const { agentRights } = await import("../settings/config.ts");
  const settings = await readSettings();
  const { types, problems } = await readCatalog(settings.agents, agentRights(settings));
  for (const problem of problems) warn?.(problem);
  return types;
}
