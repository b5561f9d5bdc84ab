/** `troupe usage`: what the agents have spent on models. */

import type { Period } from "../model/usage.ts";
import type { Figure, Spans, UsageItem, UsageView } from "../model/usage-view.ts";
import { countText } from "../picture/number-text.ts";
import { costText, spentText } from "../picture/spent-text.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions } from "./options.ts";
import type { Column } from "./text/table.ts";
import { note, type OutputOptions, printJson, printTable } from "./text/terminal-output.ts";

export interface UsageOptions extends FleetOptions, OutputOptions {
  readonly by: "agent" | "type" | "model";
  readonly period: Period;
  readonly limit: number;
}

export async function showUsage(options: UsageOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const { period, limit, output } = options;
  const usage = await fleet.usage({ period, limit });
  noteIfIdle(fleet);
  if (output === "json") {
    printJson(usage);
    return exitCodes.ok;
  }
  const rows = rowsOf(usage, options);
  printTable(columnsOf(options, usage.total), rows);
  noteTop(usage, period);
  return exitCodes.ok;
}

function rowsOf(usage: UsageView, { by }: UsageOptions): readonly UsageItem[] {
  const lists = { agent: usage.agents, type: usage.types, model: usage.models };
  const { agents: count, ...others } = usage.others;
  const rest =
    by === "agent" && count > 0 ? [{ name: `${countText(count)} others`, ...others }] : [];
  return [...lists[by], ...rest, { name: "all", ...usage.total }];
}

/** The list is ordered by what its agents have spent in the period. */
function noteTop({ agents: [top] }: UsageView, period: Period): void {
  if (top === undefined || top[period].input_tokens + top[period].output_tokens === 0) return;
  note(`${top.name} has spent most ${periodNames[period]}: ${spentText(top[period])}`);
}

const periodNames: Readonly<Record<Period, string>> = {
  hour: "this hour",
  day: "today",
  ever: "ever",
};

/** Money is shown only if a price is known. */
function columnsOf({ by, period }: UsageOptions, total: Spans): readonly Column<UsageItem>[] {
  const name = periodNames[period];
  const hasCost = total.ever.cost_usd !== null;
  const number = (title: string, cell: (figure: Figure) => string): Column<UsageItem> => ({
    title,
    cell: (item) => cell(item[period]),
    align: "right",
  });
  const others = (["hour", "day", "ever"] as const).filter((one) => one !== period);
  return [
    { title: by, cell: (item) => item.name ?? "unknown", widthMin: 12, widthLeast: 6, isId: true },
    number(`in ${name}`, ({ input_tokens }) => countText(input_tokens)),
    number(`out ${name}`, ({ output_tokens }) => countText(output_tokens)),
    ...(hasCost ? [number(`cost ${name}`, costText)] : []),
    ...others.map(
      (one): Column<UsageItem> => ({
        title: periodNames[one],
        cell: (item) => spentText(item[one]),
        align: "right",
        isOptional: true,
      }),
    ),
  ];
}
