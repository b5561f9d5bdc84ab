/** An error as it was stored: code, message, time, details and stack. */

import type { ErrorData } from "../../model/error-data.ts";
import { Icon } from "./icon.tsx";
import { JsonBox } from "./json-box.tsx";
import { Ago } from "./marks.tsx";

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
        <span class="mark" data-tone={isNote ? "idle" : "bad"}>
          <Icon name={isNote ? "check" : "error"} />
        </span>
        {title !== undefined && <strong>{title}</strong>} <code>{code}</code>
        {at !== undefined && (
          <span class="faint">
            <Ago time={at} isPhrase />
          </span>
        )}
      </p>
      <p class="error-message">{message}</p>
      {details !== undefined && Object.keys(details).length > 0 && (
        <JsonBox title="Details" value={details} />
      )}
      {stack !== undefined && <JsonBox title="Stack" value={stack} isOpen={isStackOpen} />}
    </div>
  );
}
