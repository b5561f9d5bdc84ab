/** Chooses a step: a slider over the steps that the page has, and a field for any number. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Button } from "./button.tsx";

interface StepSliderProps {
  readonly name: string;
  /** Of the known steps, ascending. */
  readonly iterations: readonly number[];
  /** The last step that has ended. */
  readonly newest: number;
  /** Null: the newest, whichever it is. */
  readonly value: number | null;
  readonly choose: (iteration: number | null) => void;
  readonly note: string;
  readonly end?: ComponentChildren;
}

export function StepSlider({
  name,
  iterations,
  newest,
  value,
  choose,
  note,
  end,
}: StepSliderProps) {
  const id = useId();
  const shown = value ?? newest;
  const last = iterations.length - 1;
  const at = value === null ? last : iterations.findLastIndex((iteration) => iteration <= value);
  const chooseAt = (index: number) => choose(iterations[index] ?? null);
  return (
    <div class="step-slider">
      <label for={id}>{name}</label>
      <input
        id={id}
        type="number"
        class="input"
        min={1}
        max={newest}
        value={shown}
        onChange={(event) => choose(readStep(event.currentTarget.value, newest))}
      />
      <input
        type="range"
        aria-label={`${name}, as a slider`}
        aria-valuetext={`step ${shown}`}
        min={0}
        max={Math.max(0, last)}
        value={Math.max(0, at)}
        disabled={last < 1}
        onInput={(event) => chooseAt(Number(event.currentTarget.value))}
      />
      {value === null ? (
        <span class="faint">newest</span>
      ) : (
        <Button look="small" onClick={() => choose(null)}>
          Newest
        </Button>
      )}
      {end}
      <span class="faint slider-note" role="status">
        {note}
      </span>
    </div>
  );
}

/** The nearest step that there is; the newest if it is not a number. */
function readStep(text: string, newest: number): number | null {
  const step = Math.round(Number(text));
  if (text.trim() === "" || Number.isNaN(step)) return null;
  return Math.min(Math.max(step, 1), Math.max(1, newest));
}
