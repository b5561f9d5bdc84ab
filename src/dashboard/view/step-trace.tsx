/** A step's model calls and effects as a waterfall on its time axis. Loaded when a step is opened. */

import { useEffect, useState } from "preact/hooks";
import type { EffectView } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import {
  axisOfEffects,
  barOf,
  effectTones,
  type TraceAxis,
  tookOf,
} from "../../picture/effect-bars.ts";
import { countText, plural } from "../../picture/number-text.ts";
import { durationText } from "../../picture/time-text.ts";
import { openDialog } from "../dialogs.ts";
import { errorDataOf, getPages } from "../link/api.ts";
import { timeNow } from "../server-time.ts";
import { Button } from "./button.tsx";
import { ErrorBox } from "./error-box.tsx";
import { JsonBox } from "./json-box.tsx";

/** Milliseconds between two reads of a step that has not ended. */
const READ_PERIOD_MS = 2_000;
/** Effects from which on no further page of them is read. */
const EFFECTS_SHOWN_MAX = 1_000;

export interface StepTraceProps {
  readonly agentId: string;
  readonly iteration: number;
  /** Null if the step has not ended. */
  readonly axis: TraceAxis | null;
}

export function StepTrace({ agentId, iteration, axis }: StepTraceProps) {
  const { effects, error } = useEffects(agentId, iteration, axis !== null);
  if (error !== null) return <ErrorBox title="The trace cannot be read" error={error} />;
  if (effects === null) return <p class="faint">Loading the trace…</p>;
  const isOpen = effects.some(({ state }) => state === "started");
  const shown = axis ?? axisOfEffects(effects, isOpen ? timeNow() : undefined);
  if (shown === null || effects.length === 0) {
    return <p class="faint">Nothing outside{axis === null ? " so far" : ""}.</p>;
  }
  return (
    <>
      {shown.to - shown.from > 1 && (
        <p class="trace-axis" aria-hidden="true">
          <span>0</span>
          <span>{durationText(shown.to - shown.from)}</span>
        </p>
      )}
      <ol class="trace" aria-label={`Effects of step ${iteration}`}>
        {effects.map((effect) => (
          <Effect key={effect.effect_id} effect={effect} axis={shown} />
        ))}
      </ol>
    </>
  );
}

/** Oldest first. @throws {RequestError} */
async function readStepEffects(
  agentId: string,
  iteration: number,
  signal: AbortSignal,
): Promise<readonly EffectView[]> {
  const path = `/api/agents/${encodeURIComponent(agentId)}/steps/${iteration}/effects`;
  const effects: EffectView[] = [];
  for await (const items of getPages<EffectView>(path, {}, signal)) {
    effects.push(...items);
    if (effects.length >= EFFECTS_SHOWN_MAX) break;
  }
  return effects;
}

interface Reading {
  readonly effects: readonly EffectView[] | null;
  readonly error: ErrorData | null;
}

/** Reads once, or again and again until the step has ended. */
function useEffects(agentId: string, iteration: number, hasEnded: boolean): Reading {
  const [reading, setReading] = useState<Reading>({ effects: null, error: null });
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async () => {
      try {
        const effects = await readStepEffects(agentId, iteration, ended.signal);
        if (!ended.signal.aborted) setReading({ effects, error: null });
      } catch (error) {
        if (!ended.signal.aborted) setReading({ effects: null, error: errorDataOf(error) });
      }
      if (!(hasEnded || ended.signal.aborted)) {
        timer = setTimeout(() => void read(), READ_PERIOD_MS);
      }
    };
    void read();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [agentId, iteration, hasEnded]);
  return reading;
}

interface EffectProps {
  readonly effect: EffectView;
  readonly axis: TraceAxis;
}

function Effect({ effect, axis }: EffectProps) {
  const { kind, name, state, error, value, input } = effect;
  const tone = effectTones[state];
  return (
    <li class="effect" data-state={state}>
      <span class="effect-name">
        <strong>{name}</strong> <span class="faint">{kind}</span>
      </span>
      <Bar effect={effect} axis={axis} />
      <span class="effect-figures">
        <span class="effect-state" data-tone={tone}>
          {state}
        </span>
        {figuresOf(effect).map((figure) => (
          <span key={figure}>{figure}</span>
        ))}
        {state === "unknown" && <Resolve effect={effect} />}
      </span>
      {error !== null && (
        <p class="effect-error">
          <code>{error.code}</code> {error.message}
        </p>
      )}
      {(input !== null || value !== null) && (
        <div class="effect-data">
          {input !== null && <JsonBox title="Input" value={input} />}
          {value !== null && <JsonBox title="Result" value={value} />}
        </div>
      )}
    </li>
  );
}

function Bar({ effect, axis }: EffectProps) {
  const bar = barOf(effect, axis);
  if (bar === null) return <span class="effect-track faint">in an earlier run</span>;
  const percent = (share: number) => `${(share * 100).toFixed(2)}%`;
  const place = { left: percent(Math.min(bar.start, 0.995)), width: percent(bar.length) };
  const wait = bar.length === 0 ? 0 : bar.wait / bar.length;
  return (
    <span class="effect-track" aria-hidden="true">
      <span class="effect-bar" data-tone={effectTones[effect.state]} style={place}>
        {wait > 0 && <span class="effect-wait" style={{ width: percent(wait) }} />}
      </span>
    </span>
  );
}

function Resolve({ effect }: { readonly effect: EffectView }) {
  const { effect_id: effectId, agent_id: agentId, name, iteration } = effect;
  const resolve = () =>
    openDialog({ kind: "resolve", effect: { effectId, agentId, name, iteration } });
  return <Button onClick={resolve}>Resolve…</Button>;
}

/** What is known of it, as text. */
function figuresOf(effect: EffectView): readonly string[] {
  const { model, input_tokens, output_tokens, wait_ms, retries } = effect;
  const took = tookOf(effect);
  const hasTokens = input_tokens !== null || output_tokens !== null;
  return [
    took === null ? "" : `took ${durationText(took)}`,
    wait_ms === null || wait_ms === 0 ? "" : `waited ${durationText(wait_ms)}`,
    retries === null || retries === 0 ? "" : plural(retries, "retry").replace("retrys", "retries"),
    hasTokens ? `${countText(input_tokens ?? 0)} in, ${countText(output_tokens ?? 0)} out` : "",
    model ?? "",
  ].filter((text) => text !== "");
}
