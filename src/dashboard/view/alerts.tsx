/** What is wrong, each with what to do about it. Nothing is shown while nothing is wrong. */

import type { ComponentChildren } from "preact";
import { go } from "../navigation.ts";
import { listQueryDefault } from "../state/agent-list.ts";
import { agoText, plural } from "../state/number-text.ts";
import {
  connection,
  fleet,
  fleetVersion,
  isLoaded,
  now,
  query,
  readError,
  stats,
} from "../store.ts";
import { Icon } from "./icon.tsx";

export function Alerts() {
  return (
    <div class="alerts" role="region" aria-label="What is wrong">
      <ConnectionAlert />
      <StoreAlert />
      <AgentAlerts />
    </div>
  );
}

interface AlertProps {
  readonly tone: "bad" | "held";
  readonly children: ComponentChildren;
  readonly action?: { readonly text: string; readonly act: () => void };
}

function Alert({ tone, children, action }: AlertProps) {
  return (
    <div class="alert" data-tone={tone}>
      <Icon name="error" />
      <span class="alert-text">{children}</span>
      {action !== undefined && (
        <button type="button" class="button button-small" onClick={action.act}>
          {action.text}
        </button>
      )}
    </div>
  );
}

function ConnectionAlert() {
  if (connection.value === "refused") {
    return (
      <Alert tone="bad" action={{ text: "Sign in", act: () => location.reload() }}>
        <strong>Signed out.</strong> The server does not take this page's session any more; what you
        see is from before.
      </Alert>
    );
  }
  if (connection.value === "lost" && isLoaded.value) {
    return (
      <Alert tone="held">
        <strong>Not connected.</strong> What you see is from before the connection was lost; it
        reconnects by itself.
      </Alert>
    );
  }
  if (readError.value === null) return null;
  return <Alert tone="bad">The agents could not be read: {readError.value}. Trying again.</Alert>;
}

function StoreAlert() {
  const store = stats.value?.store;
  if (store === undefined || store.is_healthy) return null;
  const { failing_since, error } = store;
  const since = failing_since === null ? "" : ` for ${agoText(now.value - failing_since)}`;
  return (
    <Alert tone="bad">
      <strong>The database takes no writes{since}.</strong> Agents wait after eight unstored steps;
      nothing is lost while the process lives.{" "}
      {error === null ? "" : `${error.code}: ${error.message}`}
    </Alert>
  );
}

function AgentAlerts() {
  fleetVersion.value;
  const entries = fleet.value.entries();
  const failed = entries.filter(({ status }) => status === "error").length;
  const stuck = entries.filter(({ unresponsiveSince }) => unresponsiveSince !== null).length;
  const safe = entries.filter(
    ({ error, status }) => error?.code === "SAFE_MODE" && status === "paused",
  );
  const show = (changes: Partial<typeof listQueryDefault>) => ({
    text: "Show",
    act: () => {
      query.value = { ...listQueryDefault, ...changes };
      go({ page: "agents" });
    },
  });
  return (
    <>
      {safe.length > 0 && (
        <Alert tone="held" action={show({ search: "SAFE_MODE", statuses: new Set(["paused"]) })}>
          <strong>Safe mode.</strong> {plural(safe.length, "agent")} came back paused because the
          process died too often. {safe[0]?.error?.message}
        </Alert>
      )}
      {failed > 0 && (
        <Alert tone="bad" action={show({ statuses: new Set(["error"]) })}>
          <strong>{plural(failed, "agent")} in error</strong>
          {firstError(entries)}
        </Alert>
      )}
      {stuck > 0 && (
        <Alert tone="bad" action={show({ isUnresponsive: true })}>
          <strong>{plural(stuck, "agent")} unresponsive:</strong> the event loop stands still.
        </Alert>
      )}
    </>
  );
}

/** The newest one, in words. */
function firstError(entries: ReturnType<typeof fleet.value.entries>): string {
  const failed = entries.filter(({ status, error }) => status === "error" && error !== null);
  const [last] = failed.toSorted((one, other) => other.updatedAt - one.updatedAt);
  return last === undefined ? "" : `: ${last.id} with ${last.error?.code}: ${last.error?.message}`;
}
