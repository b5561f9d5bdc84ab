/**
 * The table `agents_config`: settings of agent types, which other programs may write. An invalid row is
 * returned as a problem that names it.
 */

import { withDeadline } from "../../deadline.ts";
import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { findJsonFault } from "../../model/json-bounds.ts";
import { findTextLoss } from "../../model/json-text-loss.ts";
import { PAYLOAD_BYTES_MAX } from "../../model/limits.ts";
import { maskProblem } from "../../model/masked-config.ts";
import { isObject, parseJson } from "../../model/parse-json.ts";
import type { agentsConfigRow } from "../../model/rows/agents-config-row.ts";
import type { StaticOf } from "../../model/schema-parts.ts";
import {
  type ConfiguredSettings,
  nothingConfigured,
  parseConfigured,
  type SettingsChange,
} from "../../model/type-settings.ts";
import { readBounded } from "../lance/bounded-read.ts";
import { encodeRow } from "../lance/codec.ts";
import { type Predicate, predicatesOf } from "../lance/predicate.ts";
import { rereadIfMoved } from "../lance/reread.ts";
import type { StoredTable } from "../lance/stored-table.ts";

/** The whole table, each row parsed or reported as a problem. */
export interface ConfigReading {
  /** By the name of the type. */
  readonly types: ReadonlyMap<string, ConfiguredSettings>;
  /** `SETTING_INVALID`, one for each invalid row, whose type has no settings in `types`. */
  readonly problems: readonly TroupeError[];
  /** `SETTING_INVALID`, one for each row whose name no type can have: nothing can depend on it. */
  readonly strays: readonly TroupeError[];
}

/** Most rows that are read; types are few. */
const ROWS_MAX = 10_000;
/** Milliseconds after which a change is given up; it may still be stored. */
const CHANGE_DEADLINE_MS = 30_000;
/** Most bytes of text that are read. */
const TEXT_BYTES_MAX = 16 * 1024 * 1024;
/** Longest name of a type. */
const NAME_CHARACTERS_MAX = 128;

const has = predicatesOf("agents_config");
const newestFirst = [{ column: "updated_at", direction: "down" }] as const;

/** Any program may have written it: its settings are not checked yet. */
type ConfigRow = Pick<
  StaticOf<typeof agentsConfigRow>,
  "name" | "config" | "restart" | "updated_at"
>;

export class ConfigTable {
  readonly #table: StoredTable<"agents_config">;

  constructor(table: StoredTable<"agents_config">) {
    this.#table = table;
  }

  /** The newest of several rows with one name counts, valid or not. */
  async read(): Promise<ConfigReading> {
    const { rows, left } = await this.#readRows(ROWS_MAX);
    const newest = new Map<string, ConfigRow>();
    for (const row of rows) if (!newest.has(row.name)) newest.set(row.name, row);
    const types = new Map<string, ConfiguredSettings>();
    const problems: TroupeError[] = left > 0 ? [tooMuch(left)] : [];
    const strays: TroupeError[] = [];
    for (const [name, row] of newest) {
      const parsed = parseRow(row);
      if (!(parsed instanceof TroupeError)) types.set(name, parsed);
      else (isTypeName(name) ? problems : strays).push(parsed);
    }
    return { types, problems, strays };
  }

  /**
   * The settings of one type; undefined if it has no row.
   * @throws {TroupeError} `SETTING_INVALID` for an invalid row.
   */
  async find(name: string): Promise<ConfiguredSettings | undefined> {
    const row = await this.#findRow(name);
    const parsed = row && parseRow(row);
    if (parsed instanceof TroupeError) throw parsed;
    return parsed;
  }

  /**
   * Changes some settings of a type; the others stay. An invalid row may be changed to a valid one.
   * Resolves once the change is on the disk.
   * @param updatedAt milliseconds since the epoch
   * @throws {TroupeError} `SETTING_INVALID`, `STORE_UNAVAILABLE`.
   */
  async change(name: string, change: SettingsChange, updatedAt: number): Promise<void> {
    const nothing = { name, ...nothingConfigured, config: null };
    const before = (await this.#findRow(name)) ?? nothing;
    const { config: _config, ...cells } = change;
    const config = configText(name, before.config, change.config);
    const row: ConfigRow = { ...before, ...cells, config, updated_at: updatedAt };
    const parsed = parseRow(row);
    if (parsed instanceof TroupeError) throw parsed;
    const merged = this.#table.merge([encodeRow("agents_config", row)], {
      key: "name",
      insertMissing: true,
    });
    const stored = merged.then(() => this.#table.sync());
    await withDeadline(stored, CHANGE_DEADLINE_MS, lateChange);
  }

  async #findRow(name: string): Promise<ConfigRow | undefined> {
    const { rows } = await this.#readRows(1, has.is("name", name));
    return rows[0];
  }

  /** Newest first; texts that are too long are cut. */
  async #readRows(limit: number, where?: Predicate): Promise<ReadRows> {
    const options = {
      columns: ["updated_at"],
      order: newestFirst,
      limit,
      withRowId: true,
    } as const;
    return await rereadIfMoved(async () => {
      const keys = await this.#table.read<{ _rowid: bigint }>(
        where === undefined ? options : { ...options, where },
      );
      const rowIds = keys.map(({ _rowid }) => _rowid);
      const bounds = { textMax: PAYLOAD_BYTES_MAX + 1, bytesMax: TEXT_BYTES_MAX };
      const read = await readBounded<"agents_config", ConfigRow>(this.#table, rowIds, bounds);
      return { ...read, rows: read.rows.map(({ row }) => row) };
    });
  }
}

interface ReadRows {
  readonly rows: readonly ConfigRow[];
  /** Rows left unread because of the limits. */
  readonly left: number;
}

function tooMuch(left: number): TroupeError {
  const most = `${TEXT_BYTES_MAX / 2 ** 20} MiB`;
  return new TroupeError(
    "SETTING_INVALID",
    `agents_config must hold at most ${most} of text; its ${left} oldest rows were not read`,
  );
}

function lateChange(): TroupeError {
  const text = "agents_config does not answer; the change may still be stored";
  return new TroupeError("STORE_UNAVAILABLE", text);
}

function isTypeName(name: string): boolean {
  return name.length > 0 && name.length <= NAME_CHARACTERS_MAX;
}

function parseRow(row: ConfigRow): ConfiguredSettings | TroupeError {
  const { name, updated_at: _updatedAt, ...cells } = row;
  // Some programs write empty text for null.
  const [config, restart] = [row.config || null, row.restart || null];
  if (!isTypeName(name)) {
    return problem(name, `name must have 1 to ${NAME_CHARACTERS_MAX} characters`);
  }
  if ((config?.length ?? 0) > PAYLOAD_BYTES_MAX) return problem(name, CONFIG_TOO_LARGE);
  const parsed = config === null ? null : parseJson(config);
  // Without its text, which may have secrets.
  if (parsed !== null && !isObject(parsed)) {
    return problem(
      name,
      `config must be a JSON object, got a text of ${config?.length} characters`,
    );
  }
  const fault =
    findJsonFault(parsed, "config", { charsMax: PAYLOAD_BYTES_MAX }) ??
    (config === null ? undefined : findTextLoss(config, parsed, "config")) ??
    (parsed === null ? undefined : maskProblem(parsed));
  if (fault !== undefined) return problem(name, fault);
  const settings = parseConfigured({ ...cells, restart, config: parsed });
  return "problem" in settings ? problem(name, settings.problem) : settings;
}

function configText(
  name: string,
  before: ConfigRow["config"],
  config: SettingsChange["config"],
): string | null {
  if (config == null) return config === undefined ? before : null;
  const fault = findJsonFault(config, "config", { charsMax: PAYLOAD_BYTES_MAX });
  if (fault !== undefined) throw problem(name, fault);
  const text = JSON.stringify(config);
  if (Buffer.byteLength(text) <= PAYLOAD_BYTES_MAX) return text;
  throw problem(name, CONFIG_TOO_LARGE);
}

const CONFIG_TOO_LARGE = `config must be at most ${PAYLOAD_BYTES_MAX} bytes`;

function problem(name: string, fault: string): TroupeError {
  return new TroupeError("SETTING_INVALID", `agents_config row ${excerpt(name)}: ${fault}`, {
    details: { name },
  });
}
