/** The remaining columns of the agent's row. */

import type { ComponentChildren } from "preact";
import type { AgentView } from "../../model/agent-view.ts";
import { countText } from "../../picture/number-text.ts";
import { costText } from "../../picture/spent-text.ts";
import { dateText, durationText } from "../../picture/time-text.ts";
import { partOf } from "./agent-parts.tsx";
import { JsonBox } from "./json-box.tsx";

export function AgentFacts({ view }: { readonly view: AgentView }) {
  const { exit_reason, ended_at } = view;
  return (
    <div class="panel" {...partOf("details")}>
      <h2>Details</h2>
      <dl class="facts">
        <Fact name="Started">{dateText(view.started_at)}</Fact>
        {ended_at !== null && <Fact name="Ended">{dateText(ended_at)}</Fact>}
        {exit_reason !== null && <Fact name="Last exit">{describeExit(exit_reason)}</Fact>}
        {view.residency !== null && <Fact name="Residency">{residencyTexts[view.residency]}</Fact>}
        {view.spent !== null && <Fact name="Spent on models">{describeSpent(view.spent)}</Fact>}
        <Fact name="Generation">{view.generation}</Fact>
        <Fact name="Restarts">{view.restarts}</Fact>
        <Fact name="Guidance waiting">{view.pending_guidance.length}</Fact>
      </dl>
      <div {...partOf("context")}>
        <JsonBox title="Context" value={view.context} />
      </div>
      <JsonBox title="Config" value={view.config} />
      <JsonBox title="History" value={view.history} />
    </div>
  );
}

function describeSpent(spent: NonNullable<AgentView["spent"]>): string {
  const cost = costText(spent);
  const { input_tokens, output_tokens } = spent;
  const tokens = `${countText(input_tokens)} tokens in, ${countText(output_tokens)} out`;
  return cost === "" ? tokens : `${cost}, ${tokens}`;
}

const residencyTexts: Readonly<Record<NonNullable<AgentView["residency"]>, string>> = {
  hot: "hot: it has a thread",
  warm: "warm: it has no thread now",
  cold: "cold: only in the table",
};

interface FactProps {
  readonly name: string;
  readonly children: ComponentChildren;
}

function Fact({ name, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function describeExit({ reason, rung, took_ms, note }: NonNullable<AgentView["exit_reason"]>) {
  const how = rung === "none" ? "" : `, ${rung} in ${durationText(took_ms)}`;
  return `${reason}${how}${note === undefined ? "" : `: ${note}`}`;
}
