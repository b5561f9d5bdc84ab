/** An error as it was stored: code, message, when, details and stack. */

import type { ErrorData } from "../../model/error-data.ts";
import { Icon } from "./icon.tsx";
import { JsonBox } from "./json-box.tsx";
import { Ago } from "./marks.tsx";

interface ErrorBoxProps {
  readonly title?: string;
  readonly error: ErrorData;
}

export function ErrorBox({ title, error }: ErrorBoxProps) {
  const { code, message, at, stack, details } = error;
  return (
    <div class="error-box">
      <p class="error-line">
        <span class="mark" data-tone="bad">
          <Icon name="error" />
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
      {stack !== undefined && <JsonBox title="Stack" value={stack} isOpen={title !== undefined} />}
    </div>
  );
}
