/** What can be done to the marked agents at once: one request, one commit, one receipt. */

import { pauseAgents, resumeAgents } from "../commands.ts";
import { openDialog } from "../dialogs.ts";
import { clearSelection, toggleAllSelected } from "../navigation.ts";
import { plural } from "../state/number-text.ts";
import { listed, selectedIds } from "../store.ts";
import { Key } from "./marks.tsx";

export function BulkBar() {
  const ids = selectedIds.value;
  if (ids.length === 0) return null;
  const hasMore = ids.length < listed.value.length;
  return (
    <div class="bulk-bar" role="toolbar" aria-label="Selected agents">
      <strong class="bulk-count">{plural(ids.length, "agent")} selected</strong>
      {hasMore && (
        <button type="button" class="link" onClick={toggleAllSelected}>
          all {listed.value.length}
        </button>
      )}
      <span class="grow" />
      <button type="button" class="button" onClick={() => void pauseAgents(ids)}>
        Pause <Key>P</Key>
      </button>
      <button type="button" class="button" onClick={() => void resumeAgents(ids)}>
        Resume <Key>R</Key>
      </button>
      <button type="button" class="button" onClick={() => openDialog({ kind: "interrupt", ids })}>
        Interrupt… <Key>I</Key>
      </button>
      <button
        type="button"
        class="button button-danger"
        onClick={() => openDialog({ kind: "destroy", ids })}
      >
        Destroy… <Key>D</Key>
      </button>
      <button type="button" class="button" onClick={clearSelection}>
        Clear <Key>Esc</Key>
      </button>
    </div>
  );
}
