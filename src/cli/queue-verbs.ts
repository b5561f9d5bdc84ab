/** `troupe queue list|show|cancel`: the actions and their outcomes, and the withdrawal of one. */

import type { ActionOutcome } from "../model/action.ts";
import type { ActionView } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { unknownAction } from "../model/fleet-errors.ts";
import { fullTime, relativeTime } from "../picture/time-text.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { userName } from "./enqueue-verb.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions, PageFlags } from "./options.ts";
import { type Field, readableValue } from "./text/fields.ts";
import { paintStatus } from "./text/status-colour.ts";
import type { Column } from "./text/table.ts";
import {
  type OutputOptions,
  paint,
  print,
  printFields,
  printJson,
  printPage,
} from "./text/terminal-output.ts";

export interface ActionListOptions extends FleetOptions, OutputOptions, PageFlags {
  readonly pending?: true;
  readonly outcome?: ActionOutcome;
  readonly agent?: string;
}

export interface CancelOptions extends FleetOptions, OutputOptions {
  readonly actor?: string;
  readonly reason?: string;
}

/** Newest first. */
export async function listActions(options: ActionListOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const { pending, outcome, agent, limit, cursor } = options;
  const status = pending === true ? "pending" : undefined;
  const page = await fleet.actionPage(
    defined({ limit, cursor, status, outcome, agentId: agent } as const),
  );
  const hasNotes = page.items.some((row) => noteOf(row) !== null);
  printPage(page, actionColumns(Date.now(), hasNotes), options);
  return exitCodes.ok;
}

export async function showAction(
  id: string,
  options: FleetOptions & OutputOptions,
): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const action = await fleet.actionFind(id);
  if (action === undefined) throw unknownAction(id);
  if (options.output === "json") printJson(action);
  else printFields(fieldsOf(action, Date.now()));
  return exitCodes.ok;
}

/** Withdraws an action that has not started. */
export async function cancelAction(id: string, options: CancelOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const { actor = userName(), reason, output } = options;
  const action = await fleet.actionCancel(id, actor, reason);
  noteIfIdle(fleet, "; withdrawn in its queue");
  if (output === "json") printJson(action);
  else print(`${action.id} ${action.outcome}`);
  return exitCodes.ok;
}

function actionColumns(now: number, hasNotes: boolean): readonly Column<ActionView>[] {
  const notes: Column<ActionView> = {
    title: "note",
    cell: (row) => noteOf(row)?.code ?? "",
    widthMin: 10,
    isOptional: true,
  };
  return [
    { title: "id", cell: (row) => row.id, widthMin: 36, widthLeast: 8, isId: true },
    { title: "action", cell: (row) => row.action, widthMin: 12, widthLeast: 8 },
    { title: "agent", cell: (row) => row.agent_id ?? "", widthMin: 6, isId: true },
    { title: "outcome", cell: outcomeOf, paint: (text, row) => paintStatus(outcomeOf(row), text) },
    { title: "created", cell: (row) => relativeTime(row.created_at, now), align: "right" },
    {
      title: "error",
      cell: (row) => errorOf(row)?.code ?? "",
      widthMin: 10,
      isOptional: true,
      paint: (text) => paint("red", text),
    },
    ...(hasNotes ? [notes] : []),
    { title: "actor", cell: (row) => row.actor, widthMin: 5, isOptional: true },
  ];
}

function fieldsOf(row: ActionView, now: number): readonly Field[] {
  const time = (at: number | null) => (at === null ? null : fullTime(at, now));
  const outcome = outcomeOf(row);
  return [
    { name: "id", value: row.id },
    { name: "action", value: row.action },
    { name: "agent", value: row.agent_id },
    { name: "actor", value: row.actor },
    { name: "outcome", value: outcome, paint: (text) => paintStatus(outcome, text) },
    { name: "error", value: errorText(errorOf(row)), paint: (text) => paint("red", text) },
    { name: "note", value: errorText(noteOf(row)) },
    { name: "payload", value: readableValue(row.payload) },
    { name: "metadata", value: row.metadata === null ? null : readableValue(row.metadata) },
    { name: "urgency", value: row.urgency },
    { name: "attempts", value: row.attempts },
    { name: "created", value: time(row.created_at) },
    { name: "not before", value: time(row.not_before) },
    { name: "processed", value: time(row.processed_at) },
  ];
}

/** For an action that was done, the column `error` holds a note. */
function noteOf({ outcome, error }: ActionView): ActionView["error"] {
  return outcome === "done" ? error : null;
}

function errorOf({ outcome, error }: ActionView): ActionView["error"] {
  return outcome === "done" ? null : error;
}

function errorText(error: ActionView["error"]): string | null {
  return error && `${error.code}: ${error.message}`;
}

function outcomeOf(row: ActionView): ActionOutcome | "pending" {
  return row.outcome ?? "pending";
}
