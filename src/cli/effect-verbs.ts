/** `troupe effect`: lists what steps did outside themselves, and settles what is unknown of it. */

import type { EffectView } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import type { EffectResolution } from "../model/effect-resolution.ts";
import type { EffectState } from "../model/effect-states.ts";
import { effectTones, tookOf } from "../picture/effect-bars.ts";
import { durationText, relativeTime } from "../picture/time-text.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { enqueueVerb, reasonMetadata } from "./enqueue-verb.ts";
import { type ExitCode, exitCodes, UsageError } from "./exit-codes.ts";
import type { EnqueueOptions, FleetOptions, PageFlags } from "./options.ts";
import { toneColours } from "./text/status-colour.ts";
import type { Column } from "./text/table.ts";
import { type OutputOptions, paint, printPage } from "./text/terminal-output.ts";

export interface EffectListOptions extends FleetOptions, OutputOptions, PageFlags {
  readonly agent?: string;
  readonly state?: EffectState;
}

export interface ResolveOptions extends EnqueueOptions {
  /** Any JSON value. */
  readonly done?: { readonly value: unknown };
  readonly retry?: true;
}

/** Newest first. */
export async function listEffects(options: EffectListOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const { limit, cursor, agent, state } = options;
  const page = await fleet.effectPage(defined({ limit, cursor, agentId: agent, state } as const));
  noteIfIdle(fleet);
  printPage(page, effectColumns(Date.now()), options);
  return exitCodes.ok;
}

export function resolveEffect(id: string, options: ResolveOptions): Promise<ExitCode> {
  const resolution = resolutionOf(options);
  return enqueueVerb(
    {
      title: `effect_resolve of ${id}`,
      append: (fleet, actor) =>
        fleet.effectResolve(id, actor, resolution, reasonMetadata(options.reason)),
    },
    options,
  );
}

export function paintEffect(state: EffectState, text: string): string {
  return paint(toneColours[effectTones[state]], text);
}

function resolutionOf({ done, retry }: ResolveOptions): EffectResolution {
  if (retry === true) return { outcome: "retry" };
  if (done !== undefined) return { outcome: "done", value: done.value };
  throw new UsageError("effect resolve needs --done or --retry");
}

function effectColumns(now: number): readonly Column<EffectView>[] {
  return [
    { title: "id", cell: (row) => row.effect_id, widthMin: 36, widthLeast: 8, isId: true },
    { title: "agent", cell: (row) => row.agent_id, widthMin: 6, isId: true },
    { title: "step", cell: (row) => String(row.iteration), align: "right" },
    { title: "kind", cell: (row) => row.kind, isOptional: true },
    { title: "name", cell: (row) => row.name, widthMin: 8, widthLeast: 6 },
    {
      title: "state",
      cell: (row) => row.state,
      paint: (text, row) => paintEffect(row.state, text),
    },
    { title: "started", cell: (row) => relativeTime(row.started_at, now), align: "right" },
    { title: "took", cell: tookText, align: "right", isOptional: true },
    {
      title: "error",
      cell: (row) => row.error?.code ?? "",
      widthMin: 10,
      isOptional: true,
      paint: (text) => paint("red", text),
    },
  ];
}

function tookText(row: EffectView): string {
  const took = tookOf(row);
  return took === null ? "" : durationText(took);
}
