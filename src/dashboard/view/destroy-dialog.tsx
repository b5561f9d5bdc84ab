/**
 * Asks for confirmation before agents are destroyed, and for a reason, which is stored with them.
 */

import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { agentDestroy } from "../../model/actions/agent-destroy.ts";
import { plural } from "../../picture/number-text.ts";
import { steerAgents } from "../commands.ts";
import { closeDialog } from "../dialogs.ts";
import { deselect } from "../navigation.ts";
import { Field, noteIdOf } from "./field.tsx";
import { Modal, ModalFoot } from "./modal.tsx";

interface DestroyDialogProps {
  readonly ids: readonly string[];
  readonly reason: string;
}

const IDS_SHOWN_MAX = 8;

export function DestroyDialog({ ids, reason: given }: DestroyDialogProps) {
  const [reason, setReason] = useState(given);
  const what = ids.length === 1 ? (ids[0] ?? "") : plural(ids.length, "agent");
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void steerAgents(agentDestroy, ids, reason.trim());
    deselect(ids);
    closeDialog();
  };
  return (
    <Modal title={`Destroy ${what}?`}>
      <form onSubmit={submit}>
        {ids.length > 1 && <p class="ids">{listed(ids)}</p>}
        <p class="modal-text">
          {ids.length === 1
            ? "It finishes its current step, or is terminated when its grace period is over. Its history is kept, and you can start it again."
            : "They finish their current steps, or are terminated when their grace period is over. Their history is kept, and you can start them again."}
        </p>
        <Field id="reason" name="Reason" hint="Optional; stored with the agent">
          <input
            id="reason"
            class="input"
            autofocus
            aria-describedby={noteIdOf("reason")}
            maxLength={2_000}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </Field>
        <ModalFoot submit={`Destroy ${what}`} isDanger />
      </form>
    </Modal>
  );
}

function listed(ids: readonly string[]): string {
  const more = ids.length - IDS_SHOWN_MAX;
  return `${ids.slice(0, IDS_SHOWN_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
