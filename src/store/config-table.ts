/**
 * The table `agents_config`: settings of agent types, which anybody may write. A row that cannot be
 * used is answered as a problem that names it.
 */

import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import { PAYLOAD_BYTES_MAX } from "../model/limits.ts";
import {
  type AgentTypeSettings,
  defaultTypeSettings,
  parseTypeSettings,
} from "../model/type-settings.ts";
import { encodeRow } from "./codec.ts";
import { predicatesOf } from "./predicate.ts";
import type { StoredTable } from "./stored-table.ts";

/** The whole table, each row parsed or named as a problem. */
export interface ConfigReading {
  /** By the name of the type. */
  readonly types: ReadonlyMap<string, AgentTypeSettings>;
  /** `SETTING_INVALID`, one for each row that cannot be used; its type has no settings in `types`. */
  readonly problems: readonly TroupeError[];
}

/** Rows that are read at most; types are few. */
const ROWS_MAX = 10_000;

const has = predicatesOf("agents_config");
const newestFirst = [{ column: "updated_at", direction: "down" }] as const;

interface ConfigRow {
  readonly name: string;
  readonly config: string | null;
  readonly updated_at: number;
}

export class ConfigTable {
  readonly #table: StoredTable<"agents_config">;

  constructor(table: StoredTable<"agents_config">) {
    this.#table = table;
  }

  /** Of several rows with one name the newest counts, whether it can be used or not. */
  async read(): Promise<ConfigReading> {
    const rows = await this.#table.read<ConfigRow>({ order: newestFirst, limit: ROWS_MAX });
    const newest = new Map<string, ConfigRow>();
    for (const row of rows) if (!newest.has(row.name)) newest.set(row.name, row);
    const types = new Map<string, AgentTypeSettings>();
    const problems: TroupeError[] = [];
    for (const [name, row] of newest) {
      const parsed = parseRow(row);
      if (parsed instanceof TroupeError) problems.push(parsed);
      else types.set(name, parsed);
    }
    return { types, problems };
  }

  /**
   * The settings of one type; undefined where it has no row, which means the defaults.
   * @throws {TroupeError} `SETTING_INVALID` for a row that cannot be used.
   */
  async find(name: string): Promise<AgentTypeSettings | undefined> {
    const where = has.is("name", name);
    const [row] = await this.#table.read<ConfigRow>({ where, order: newestFirst, limit: 1 });
    const parsed = row && parseRow(row);
    if (parsed instanceof TroupeError) throw parsed;
    return parsed;
  }

  /**
   * Stores the settings of a type, in place of those it had.
   * @param updatedAt milliseconds since the epoch.
   * @throws {TroupeError} `STORE_UNAVAILABLE`.
   */
  async put(settings: AgentTypeSettings, updatedAt: number): Promise<void> {
    const config = JSON.stringify(settings.config);
    const row = encodeRow("agents_config", { ...settings, config, updated_at: updatedAt });
    await this.#table.merge([row], { key: "name", isInserting: true });
  }
}

function parseRow(row: ConfigRow): AgentTypeSettings | TroupeError {
  const { updated_at: _updatedAt, config, ...cells } = row;
  const parsed = parseConfig(config);
  if (parsed === undefined) return problem(row.name, `config must be JSON, got ${excerpt(config)}`);
  const fault = findJsonFault(parsed, "config", { charsMax: PAYLOAD_BYTES_MAX });
  if (fault !== undefined) return problem(row.name, fault);
  // A null cell means the built-in default, as a missing row does.
  const given = Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== null));
  const settings = parseTypeSettings({
    ...defaultTypeSettings(row.name),
    ...given,
    config: parsed,
  });
  return "problem" in settings ? problem(row.name, settings.problem) : settings;
}

function parseConfig(text: string | null): unknown {
  if (text === null) return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function problem(name: string, what: string): TroupeError {
  return new TroupeError("SETTING_INVALID", `agents_config row ${excerpt(name)}: ${what}`, {
    details: { name },
  });
}
