/** The top line: name, pages, connection, model and database. */

import type { Tone } from "../../picture/status-look.ts";
import { openDialog } from "../dialogs.ts";
import type { StreamState } from "../link/socket-stream.ts";
import { go } from "../navigation.ts";
import { about, connection, isLoaded, reconnectNow, route } from "../page-store.ts";
import { nextTheme, theme } from "../theme.ts";
import { Button, IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { Key } from "./marks.tsx";
import { NeedsLink } from "./needs-line.tsx";
import { ShardSwitch } from "./shard-switch.tsx";

export function Header() {
  return (
    <header class="header">
      <a class="brand" href="#/" aria-label="Troupe, list of agents">
        <span class="brand-sign" aria-hidden="true" />
        Troupe
      </a>
      <Pages />
      <span class="grow" />
      <Place />
      <Connection />
      <IconButton
        icon={theme.value}
        label={`Colours: ${theme.value}. Change`}
        title={`Colours: ${theme.value}`}
        onClick={nextTheme}
      />
      <button
        type="button"
        class="button button-icon keys-help"
        onClick={() => openDialog({ kind: "help" })}
        title="Keys (?)"
        aria-label="Keyboard help"
      >
        ?
      </button>
      <Button look="main" onClick={() => go({ page: "create" })}>
        <Icon name="plus" />
        <span class="wide-only">Create agent</span>
        <span class="narrow-only create-word">Create</span>
        <Key>C</Key>
      </Button>
    </header>
  );
}

function Pages() {
  const { page } = route.value;
  const isList = ["agents", "agent", "create"].includes(page);
  return (
    <nav class="pages" aria-label="Pages">
      <a href="#/" aria-current={isList ? "page" : undefined}>
        Agents
      </a>
      <a href="#/timeline" aria-current={page === "timeline" ? "page" : undefined}>
        Timeline
      </a>
      <a href="#/queue" aria-current={page === "queue" ? "page" : undefined}>
        Queue
      </a>
      <NeedsLink isCurrent={page === "trouble"} />
    </nav>
  );
}

/** Which model answers, where the database is, and which shard of the fleet it is. */
function Place() {
  const known = about.value;
  if (known === null) return null;
  return (
    <dl class="place">
      <dt>Model</dt>
      <dd title={known.model}>{shortModel(known.model)}</dd>
      <dt>Database</dt>
      <dd title={known.database}>{known.database}</dd>
      <ShardSwitch />
    </dl>
  );
}

/** Without the remark about other models in brackets. */
function shortModel(model: string): string {
  return model.replace(/\s*\(.*$/s, "");
}

interface ConnectionWords {
  readonly text: string;
  readonly tone: Tone;
}

const connectionWords: Readonly<Record<StreamState, ConnectionWords>> = {
  connecting: { text: "Connecting…", tone: "busy" },
  fresh: { text: "Live", tone: "good" },
  open: { text: "Live", tone: "good" },
  quiet: { text: "No data", tone: "held" },
  lost: { text: "Reconnecting…", tone: "held" },
  refused: { text: "Signed out", tone: "bad" },
};

function Connection() {
  const { text, tone } = connectionWords[connection.value];
  const isReading = tone === "good" && !isLoaded.value;
  return (
    <span class="connection" data-tone={isReading ? "busy" : tone} role="status">
      <span class="connection-dot" aria-hidden="true" />
      {isReading ? "Loading" : text}
      {["lost", "quiet"].includes(connection.value) && (
        <button type="button" class="link" onClick={reconnectNow}>
          Retry now
        </button>
      )}
    </span>
  );
}
