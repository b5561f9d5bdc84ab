/** An error as it was stored: code, message, time, details and stack. */

import { useState } from "preact/hooks";
import type { ErrorData } from "../../model/error-data.ts";
import { plural } from "../../picture/number-text.ts";
import { ownStack } from "../state/own-stack.ts";
import { FoldedText } from "./folded-text.tsx";
import { JsonBox } from "./json-box.tsx";
import { Ago, Mark } from "./marks.tsx";

interface ErrorBoxProps {
  readonly title?: string;
  readonly error: ErrorData;
  /** The stack is open: it is what readers look for here. */
  readonly isStackOpen?: boolean;
  /** A note about an action that was done. */
  readonly isNote?: boolean;
}

export function ErrorBox({ title, error, isNote = false, isStackOpen = false }: ErrorBoxProps) {
  const { code, message, at, stack, details } = error;
  return (
    <div class={isNote ? "error-box error-note" : "error-box"}>
      <p class="error-line">
        {isNote ? <Mark tone="idle" icon="check" /> : <Mark tone="bad" icon="error" />}
        {title !== undefined && <strong>{title}</strong>} <code>{code}</code>
        {at !== undefined && (
          <span class="faint">
            <Ago time={at} isPhrase />
          </span>
        )}
      </p>
      <p class="error-message">
        <FoldedText text={message} owner={`of ${code}`} />
      </p>
      {details !== undefined && Object.keys(details).length > 0 && (
        <JsonBox title="Details" value={details} />
      )}
      {stack !== undefined && <Stack stack={stack} isOpen={isStackOpen} />}
    </div>
  );
}

function Stack({ stack, isOpen }: { readonly stack: string; readonly isOpen: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const { shown, hidden } = ownStack(stack);
  return (
    <>
      <JsonBox title="Stack" value={isWhole ? stack : shown} isOpen={isOpen} />
      {hidden > 0 && (
        <button
          type="button"
          class="link stack-more"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? "Hide" : "Show"} {plural(hidden, "line")} of Troupe
        </button>
      )}
    </>
  );
}
