/** The actions on one agent, with a reason. */

import { useState } from "preact/hooks";
import { agentPause } from "../../model/actions/agent-pause.ts";
import { agentResume } from "../../model/actions/agent-resume.ts";
import { isAlive } from "../../model/agent.ts";
import type { AgentView } from "../../model/agent-view.ts";
import { startAgents, steerAgents } from "../commands.ts";
import { openDialog } from "../dialogs.ts";
import { seekComposer } from "../guidance-drafts.ts";
import { Button, RequestButton } from "./button.tsx";
import { Key } from "./marks.tsx";
import { usePassedFocus } from "./passed-focus.ts";

export function AgentControls({ view }: { readonly view: AgentView }) {
  return isAlive(view.status) ? <Steering view={view} /> : <StartAgain id={view.agent_id} />;
}

function StartAgain({ id }: { readonly id: string }) {
  const controls = usePassedFocus<HTMLDivElement>(heading);
  return (
    <div class="controls" ref={controls}>
      <RequestButton look="main" onRequest={() => void startAgents([id])}>
        Start again
      </RequestButton>
    </div>
  );
}

function Steering({ view }: { readonly view: AgentView }) {
  const [reason, setReason] = useState("");
  const controls = usePassedFocus<HTMLDivElement>(heading);
  const ids = [view.agent_id];
  const steer = (action: typeof agentPause | typeof agentResume) => () =>
    void steerAgents(action, ids, reason);
  return (
    <div class="controls" ref={controls}>
      {view.paused ? (
        <RequestButton onRequest={steer(agentResume)}>
          Resume <Key>R</Key>
        </RequestButton>
      ) : (
        <RequestButton onRequest={steer(agentPause)}>
          Pause <Key>P</Key>
        </RequestButton>
      )}
      <Button onClick={() => seekComposer(view.agent_id)}>
        Interrupt <Key>I</Key>
      </Button>
      <Button look="danger" onClick={() => openDialog({ kind: "destroy", ids, reason })}>
        Destroy… <Key>D</Key>
      </Button>
      <input
        class="input reason"
        aria-label="Reason for pause, resume or destroy"
        placeholder="Reason (optional)"
        maxLength={2_000}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
    </div>
  );
}

/** Not another button: a further Enter would start again what was destroyed. */
function heading(): Element | null {
  return document.querySelector(".agent-head h1");
}
