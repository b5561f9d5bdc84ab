/** Texts of agents that may be long: hundreds of them whole would hide everything else, and make the page slow. */

import { useState } from "preact/hooks";
import { countText } from "../../picture/number-text.ts";
import { foldedStart, resultText } from "../state/result-text.ts";

interface FoldedTextProps {
  readonly text: string;
  /** Whose text it is, for screen readers: `of step 3`. */
  readonly owner: string;
}

/** Its start if it is long, and a button for the whole. */
export function FoldedText({ text, owner }: FoldedTextProps) {
  const [isWhole, setWhole] = useState(false);
  const start = foldedStart(text);
  if (start === null) return <>{text}</>;
  return (
    <>
      {isWhole ? text : `${start} …`}
      <button
        type="button"
        class="link result-more"
        aria-expanded={isWhole}
        onClick={() => setWhole(!isWhole)}
      >
        {isWhole ? "Show less" : `Show all ${countText(text.length)} characters`}
        <span class="hidden-text"> {owner}</span>
      </button>
    </>
  );
}

interface StepResultProps {
  readonly iteration: number;
  readonly result: string;
}

/** What a step returned. */
export function StepResult({ iteration, result }: StepResultProps) {
  const { text, isJson } = resultText(result);
  return (
    <div class={isJson ? "step-result code" : "step-result"}>
      <FoldedText text={text} owner={`of step ${iteration}`} />
    </div>
  );
}
