/** One cause of trouble: what it is, since when, whom it concerns, and what helps. */

import { agentResume } from "../../model/actions/agent-resume.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { listQueryDefault } from "../../picture/list-query.ts";
import { countText, plural } from "../../picture/number-text.ts";
import { dateText, isoTime } from "../../picture/time-text.ts";
import type { TroubleCause } from "../../picture/trouble-causes.ts";
import {
  causeText,
  timesText,
  troubleAdvice,
  troubleTitle,
  verbOf,
} from "../../picture/trouble-text.ts";
import { startAgents, steerAgents } from "../commands.ts";
import { openDialog } from "../dialogs.ts";
import { now } from "../page-store.ts";
import { hashOfPlace } from "../state/place.ts";
import { agentPage, hashOf } from "../state/route.ts";
import { timelineViewDefault } from "../state/timeline-view.ts";
import { unknownEffectOf } from "../state/unknown-effect.ts";
import { Button, RequestButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { usePassedFocus } from "./passed-focus.ts";

/** Agents that are named; the list has all. */
const NAMED_MAX = 5;

export function CauseItem({ cause }: { readonly cause: TroubleCause }) {
  const { id, agents, firstSeen, lastSeen } = cause;
  const text = causeText(cause);
  const item = usePassedFocus<HTMLLIElement>(nextCause);
  return (
    <li ref={item} class="cause" aria-labelledby={`cause-${id}`}>
      <div class="cause-head">
        <h2 id={`cause-${id}`} class="cause-title" tabIndex={-1}>
          <Icon name="error" />
          {troubleTitle(cause)}
        </h2>
        <time
          class="faint cause-times"
          dateTime={isoTime(firstSeen)}
          title={`${dateText(firstSeen)}, ${dateText(lastSeen)}`}
        >
          {timesText(cause, now.value)}
        </time>
        <CauseVerb cause={cause} />
      </div>
      {text !== "" && <p class="cause-text">{text}</p>}
      <p class="faint cause-advice">{troubleAdvice(cause.trouble)}</p>
      {agents.length > 0 && <Agents cause={cause} />}
    </li>
  );
}

/** Or the page's heading, if there is none. */
function nextCause(): Element | null {
  return document.querySelector(".cause-title") ?? document.querySelector("#trouble-title");
}

/** For all agents of the cause at the same time. */
function CauseVerb({ cause }: { readonly cause: TroubleCause }) {
  const ids = cause.agents.map(({ id }) => id);
  const count = countText(ids.length);
  switch (verbOf(cause.trouble)) {
    case "resume":
      return (
        <RequestButton onRequest={() => void steerAgents(agentResume, ids)}>
          Resume {count}
        </RequestButton>
      );
    case "start":
      return (
        <RequestButton onRequest={() => void startAgents(ids)}>Start {count} again</RequestButton>
      );
    case "resolve":
    case "open":
      return null;
  }
}

function Agents({ cause }: { readonly cause: TroubleCause }) {
  const { id, trouble, agents } = cause;
  const query = { ...listQueryDefault, trouble, cause: id };
  const all = hashOfPlace({
    route: { page: "agents" },
    query,
    selected: [],
    timeline: timelineViewDefault,
    step: null,
  });
  return (
    <ul class="cause-agents" aria-label={`Agents: ${troubleTitle(cause)}`}>
      {agents.slice(0, NAMED_MAX).map((agent) => (
        <li key={agent.id}>
          <AgentVerb cause={cause} agent={agent} />
        </li>
      ))}
      <li>
        <a href={all} class="cause-all">
          {agents.length === 1 ? "Show in the list" : `Show all ${plural(agents.length, "agent")}`}
        </a>
      </li>
    </ul>
  );
}

interface AgentVerbProps {
  readonly cause: TroubleCause;
  readonly agent: AgentPicture;
}

function AgentVerb({ cause: { trouble }, agent }: AgentVerbProps) {
  const waiting = { agent_id: agent.id, paused: true, last_error: agent.error };
  const effect = trouble === "effect_unknown" ? unknownEffectOf(waiting) : null;
  const isStuck = trouble === "unresponsive" || trouble === "silent";
  return (
    <>
      <a
        href={hashOf(isStuck ? agentPage(agent.id, "inside") : agentPage(agent.id))}
        title={agent.id}
      >
        {isStuck ? `Open stack of ${agent.id}` : agent.id}
      </a>
      {effect !== null && (
        <Button
          look="small"
          aria-label={`Resolve ${effect.name} of ${agent.id}`}
          onClick={() => openDialog({ kind: "resolve", effect })}
        >
          Resolve…
        </Button>
      )}
    </>
  );
}
