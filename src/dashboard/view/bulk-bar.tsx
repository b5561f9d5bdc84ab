/** Actions on all selected agents: one request, one commit, one receipt. */

import { agentPause } from "../../model/actions/agent-pause.ts";
import { agentResume } from "../../model/actions/agent-resume.ts";
import { countText, plural } from "../../picture/number-text.ts";
import { steerAgents } from "../commands.ts";
import { openDialog } from "../dialogs.ts";
import { openInterrupt } from "../guidance-drafts.ts";
import { clearSelection, toggleAllSelected } from "../navigation.ts";
import { listed, route, selectedIds } from "../page-store.ts";
import { Button, RequestButton } from "./button.tsx";
import { Key } from "./marks.tsx";
import { usePassedFocus } from "./passed-focus.ts";

export function BulkBar() {
  const ids = selectedIds.value;
  return ids.length === 0 ? null : <Bar ids={ids} />;
}

function Bar({ ids }: { readonly ids: readonly string[] }) {
  const bar = usePassedFocus<HTMLDivElement>(() => document.querySelector("table.agents"));
  const hasMore = ids.length < listed.value.length;
  const shown = new Set(listed.value.map(({ id }) => id));
  const hidden = ids.filter((id) => !shown.has(id)).length;
  // On an agent's page the keys act on that agent.
  const isKeyed = route.value.page === "agents";
  return (
    <div ref={bar} class="bulk-bar" role="toolbar" aria-label="Selected agents">
      <strong class="bulk-count">{plural(ids.length, "agent")} selected</strong>
      {hidden > 0 && <span class="faint">{hidden} hidden by the filter</span>}
      {hasMore && (
        <button type="button" class="link" onClick={toggleAllSelected}>
          Select all {countText(listed.value.length)}
        </button>
      )}
      <span class="grow" />
      <RequestButton onRequest={() => void steerAgents(agentPause, ids)}>
        Pause {isKeyed && <Key>P</Key>}
      </RequestButton>
      <RequestButton onRequest={() => void steerAgents(agentResume, ids)}>
        Resume {isKeyed && <Key>R</Key>}
      </RequestButton>
      <Button onClick={() => openInterrupt(ids)}>Interrupt… {isKeyed && <Key>I</Key>}</Button>
      <Button look="danger" onClick={() => openDialog({ kind: "destroy", ids })}>
        Destroy… {isKeyed && <Key>D</Key>}
      </Button>
      <Button onClick={clearSelection}>Clear {isKeyed && <Key>Esc</Key>}</Button>
    </div>
  );
}
