/** The actions on one agent, with a reason. */

import { useState } from "preact/hooks";
import { agentPause } from "../../model/actions/agent-pause.ts";
import { agentResume } from "../../model/actions/agent-resume.ts";
import type { AgentStatus } from "../../model/agent.ts";
import type { AgentView } from "../../model/agent-view.ts";
import { startAgents, steerAgents } from "../commands.ts";
import { openDialog } from "../dialogs.ts";
import { seekComposer } from "../guidance-drafts.ts";
import { Key } from "./marks.tsx";

const ended: ReadonlySet<AgentStatus> = new Set(["stopped", "error"]);

export function AgentControls({ view }: { readonly view: AgentView }) {
  const [reason, setReason] = useState("");
  const ids = [view.agent_id];
  const hasEnded = ended.has(view.status);
  const steer = (action: typeof agentPause | typeof agentResume) => () =>
    void steerAgents(action, ids, reason);
  return (
    <div class="controls">
      {hasEnded ? (
        <button type="button" class="button button-main" onClick={() => void startAgents(ids)}>
          Start again
        </button>
      ) : (
        <>
          {view.paused ? (
            <button type="button" class="button" onClick={steer(agentResume)}>
              Resume <Key>R</Key>
            </button>
          ) : (
            <button type="button" class="button" onClick={steer(agentPause)}>
              Pause <Key>P</Key>
            </button>
          )}
          <button type="button" class="button" onClick={() => seekComposer(view.agent_id)}>
            Interrupt <Key>I</Key>
          </button>
          <button
            type="button"
            class="button button-danger"
            onClick={() => openDialog({ kind: "destroy", ids, reason })}
          >
            Destroy… <Key>D</Key>
          </button>
          <input
            class="input reason"
            aria-label="Reason for pause, resume or destroy"
            placeholder="Reason (optional)"
            maxLength={2_000}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </>
      )}
    </div>
  );
}
