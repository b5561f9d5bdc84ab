/** What a step returned. */

import { useState } from "preact/hooks";
import { countText } from "../../picture/number-text.ts";
import { foldedStart, resultText } from "../state/result-text.ts";

interface StepResultProps {
  readonly iteration: number;
  readonly result: string;
}

/** Its start if it is long: hundreds of long results would make the page slow. */
export function StepResult({ iteration, result }: StepResultProps) {
  const [isWhole, setWhole] = useState(false);
  const { text, isJson } = resultText(result);
  const start = foldedStart(text);
  return (
    <div class={isJson ? "step-result code" : "step-result"}>
      {start === null || isWhole ? text : `${start} …`}
      {start !== null && (
        <button
          type="button"
          class="link result-more"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? "Show less" : `Show all ${countText(text.length)} characters`}
          <span class="hidden-text"> of step {iteration}</span>
        </button>
      )}
    </div>
  );
}
