/** What is wrong, and what to do about it. Empty while nothing is wrong. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { listQueryDefault } from "../../picture/list-query.ts";
import { plural } from "../../picture/number-text.ts";
import { ageText } from "../../picture/time-text.ts";
import { go } from "../navigation.ts";
import { connection, isLoaded, now, query, readError, stats, troubles } from "../page-store.ts";
import { hashOf } from "../state/route.ts";
import type { TroubleGroup } from "../state/trouble-groups.ts";
import { Icon } from "./icon.tsx";

export function Alerts() {
  return (
    <div class="alerts" role="region" aria-label="Alerts">
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
        <strong>Signed out.</strong> The server no longer accepts this page's session. The page is
        not up to date.
      </Alert>
    );
  }
  if (connection.value === "lost" && isLoaded.value) {
    return (
      <Alert tone="held">
        <strong>Not connected.</strong> The page shows the state before the connection was lost, and
        reconnects automatically.
      </Alert>
    );
  }
  if (readError.value === null) return null;
  return <Alert tone="bad">The agents could not be loaded: {readError.value}. Retrying.</Alert>;
}

function StoreAlert() {
  const store = stats.value?.store;
  if (store === undefined || store.is_healthy) return null;
  const { failing_since, error } = store;
  const since = failing_since === null ? "" : ` for ${ageText(now.value - failing_since)}`;
  return (
    <Alert tone="bad">
      <strong>The database has refused writes{since}.</strong> Agents wait after eight unsaved
      steps; nothing is lost while the process is running.{" "}
      {error === null ? "" : `${error.code}: ${error.message}`}
    </Alert>
  );
}

/** Alerts shown at first: the agents must stay visible. */
const SHOWN_MAX = 3;

function AgentAlerts() {
  const [isAll, setAll] = useState(false);
  const found = troubles.value;
  const more = found.length - SHOWN_MAX;
  return (
    <>
      {(isAll ? found : found.slice(0, SHOWN_MAX)).map((group) => (
        <TroubleAlert key={`${group.trouble} ${group.cause}`} group={group} />
      ))}
      {more > 0 && (
        <button type="button" class="link more-alerts" onClick={() => setAll(!isAll)}>
          {isAll ? "Show fewer" : `Show ${more} more`}
        </button>
      )}
    </>
  );
}

function TroubleAlert({ group }: { readonly group: TroubleGroup }) {
  const { trouble, cause, ids, newest } = group;
  const agents = plural(ids.length, "agent");
  const message = newest.error?.message ?? "";
  const show = {
    text: "Show",
    act: () => {
      const search = ids.length > 1 && cause !== "" ? cause : "";
      query.value = { ...listQueryDefault, trouble, search };
      go({ page: "agents" });
    },
  };
  switch (trouble) {
    case "error":
      return (
        <Alert tone="bad" action={show}>
          <strong>{agents} in error:</strong> <AgentLink id={newest.id} /> with {newest.error?.code}
          : {message}
        </Alert>
      );
    case "self_paused":
      return (
        <Alert tone="bad" action={show}>
          <strong>{agents} paused by failing model calls:</strong> <AgentLink id={newest.id} /> with{" "}
          {cause}: {message}
        </Alert>
      );
    case "safe_mode":
      return (
        <Alert tone="held" action={show}>
          <strong>Safe mode.</strong> {agents} were paused at the start because the process crashed
          too often. {message}
        </Alert>
      );
    case "unresponsive":
      return (
        <Alert tone="bad" action={show}>
          <strong>{agents} not responding:</strong> <AgentLink id={newest.id} />
          {newest.unresponsiveSince === null
            ? ""
            : ` for ${ageText(now.value - newest.unresponsiveSince)}`}
          {isInStep(newest) ? `, in step ${newest.iteration + 1}` : ""}.
        </Alert>
      );
  }
}

function isInStep({ live }: AgentPicture): boolean {
  return live !== null && live.step_since !== null;
}

function AgentLink({ id }: { readonly id: string }) {
  return <a href={hashOf({ page: "agent", id })}>{id}</a>;
}
