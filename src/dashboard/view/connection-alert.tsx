/** Why the page is not up to date, over everything else. Empty while it is. */

import type { ComponentChildren } from "preact";
import {
  connection,
  dismissOutdated,
  isLoaded,
  isOutdated,
  readError,
  reconnectNow,
} from "../page-store.ts";
import { Button, IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";

export function ConnectionAlert() {
  return (
    <div class="alerts" role="region" aria-label="Connection" aria-live="polite">
      <Words />
    </div>
  );
}

function Words() {
  if (connection.value === "refused") {
    return (
      <Alert tone="bad" action={{ text: "Sign in", act: () => location.reload() }}>
        <strong>Signed out.</strong> The server no longer accepts this page's session. The page is
        not up to date.
      </Alert>
    );
  }
  if (connection.value === "lost" && isLoaded.value) {
    return (
      <Alert tone="held" action={retryNarrow}>
        <strong>Not connected.</strong> The page shows the state before the connection was lost, and
        reconnects automatically.
      </Alert>
    );
  }
  if (connection.value === "quiet" && isLoaded.value) {
    return (
      <Alert tone="held" action={retryNarrow}>
        <strong>No data for some seconds.</strong> The connection may be slow or broken; the page
        reconnects automatically.
      </Alert>
    );
  }
  if (readError.value === null) return isOutdated.value ? <Outdated /> : null;
  return <Alert tone="bad">The agents could not be loaded: {readError.value}. Retrying.</Alert>;
}

/** In a wide window the header has room for it. */
const retryNarrow: Action = { text: "Retry now", act: reconnectNow, isNarrow: true };

/** The reader decides when: what was typed is lost. */
function Outdated() {
  return (
    <Alert
      tone="held"
      action={{ text: "Reload", act: () => location.reload() }}
      dismiss={dismissOutdated}
    >
      <strong>The server has a newer version of this page.</strong> This one may not show
      everything.
    </Alert>
  );
}

interface Action {
  readonly text: string;
  readonly act: () => void;
  /** Only in a narrow window. */
  readonly isNarrow?: true;
}

interface AlertProps {
  readonly tone: "bad" | "held";
  readonly children: ComponentChildren;
  readonly action?: Action;
  readonly dismiss?: () => void;
}

function Alert({ tone, children, action, dismiss }: AlertProps) {
  return (
    <div class="alert" data-tone={tone}>
      <Icon name="error" />
      <span class="alert-text">{children}</span>
      {action !== undefined && (
        <span class={action.isNarrow === true ? "narrow-only" : ""}>
          <Button look="small" onClick={action.act}>
            {action.text}
          </Button>
        </span>
      )}
      {dismiss !== undefined && (
        <IconButton icon="close" label="Dismiss" isBare onClick={dismiss} />
      )}
    </div>
  );
}
