/** `troupe type list` and `troupe type set`: the types of agents and their settings. */

import type { SettingsChange, TypeView } from "../model/type-settings.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes, UsageError } from "./exit-codes.ts";
import { DEFAULT, type FleetOptions } from "./options.ts";
import { readableJson } from "./text/fields.ts";
import type { Column } from "./text/table.ts";
import { type OutputOptions, printFields, printJson, printPage } from "./text/terminal-output.ts";

export type TypeListOptions = FleetOptions & OutputOptions;

type Given<T> = T | typeof DEFAULT;

export interface TypeSetOptions extends FleetOptions, OutputOptions {
  readonly restart?: Given<string>;
  readonly restartsMax?: Given<number>;
  readonly restartsWindowMs?: Given<number>;
  readonly destroyTimeoutMs?: Given<number>;
  readonly memoryMb?: Given<number>;
  readonly intervalMs?: Given<number>;
  readonly stepTimeoutMs?: Given<number>;
  readonly stepRetries?: Given<number>;
  readonly config?: Given<Readonly<Record<string, unknown>>>;
}

export async function listTypes(options: TypeListOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const items = await fleet.types();
  noteIfIdle(fleet);
  printPage({ items, next_cursor: null }, typeColumns(), options);
  return exitCodes.ok;
}

export async function setType(name: string, options: TypeSetOptions): Promise<ExitCode> {
  const change = changeOf(options);
  if (Object.keys(change).length === 0) {
    throw new UsageError("type set needs a setting to change, such as --restart transient");
  }
  await using fleet = await openCommandFleet(options, true);
  const type = await fleet.typeSet(name, change);
  noteIfIdle(fleet, "; written to its agents_config; the next start uses it");
  if (options.output === "json") printJson(type);
  else printFields(fieldsOf(type));
  return exitCodes.ok;
}

function changeOf(options: TypeSetOptions): SettingsChange {
  const settings = {
    restart: options.restart,
    restarts_max: options.restartsMax,
    restarts_window_ms: options.restartsWindowMs,
    destroy_timeout_ms: options.destroyTimeoutMs,
    memory_mb: options.memoryMb,
    interval_ms: options.intervalMs,
    step_timeout_ms: options.stepTimeoutMs,
    step_retries: options.stepRetries,
    config: options.config,
  };
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const change = given.map(([name, value]) => [name, value === DEFAULT ? null : value]);
  return Object.fromEntries(change) as SettingsChange;
}

function typeColumns(): readonly Column<TypeView>[] {
  const figure = (title: string, name: "destroy_timeout_ms" | "interval_ms" | "memory_mb") => ({
    title,
    cell: ({ settings }: TypeView) => String(settings[name]),
    align: "right" as const,
  });
  return [
    { title: "type", cell: ({ name }) => name, widthMin: 8, isId: true },
    { title: "restart", cell: ({ settings }) => settings.restart },
    { title: "restarts", cell: restartsOf },
    figure("grace ms", "destroy_timeout_ms"),
    figure("memory MiB", "memory_mb"),
    figure("interval ms", "interval_ms"),
    { title: "configured", cell: ({ configured }) => (configured === null ? "" : "yes") },
    { title: "source", cell: ({ source }) => source, widthMin: 8 },
  ];
}

function restartsOf({ settings }: TypeView): string {
  return `${settings.restarts_max} in ${settings.restarts_window_ms} ms`;
}

/** In the order in which they are printed. */
const shownSettings = [
  "restart",
  "restarts_max",
  "restarts_window_ms",
  "destroy_timeout_ms",
  "memory_mb",
  "interval_ms",
  "step_timeout_ms",
  "step_retries",
  "config",
] as const satisfies readonly SettingName[];

type SettingName = keyof NonNullable<TypeView["configured"]>;

function fieldsOf({ name, source, settings, configured }: TypeView) {
  const isSet = (key: SettingName) => (configured?.[key] ?? null) !== null;
  const of = (key: SettingName) => {
    const text = key === "config" ? readableJson(settings.config) : String(settings[key] ?? "none");
    return { name: key, value: isSet(key) ? text : `${text} (default)` };
  };
  return [
    { name: "type", value: name },
    { name: "source", value: source },
    ...shownSettings.map(of),
    { name: "model", value: settings.model ?? "of the function (default)" },
  ];
}
