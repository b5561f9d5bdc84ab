/** What the fleet has spent on models today, in this hour, and which agent most. */

import { spentText } from "../../picture/spent-text.ts";
import { stats } from "../page-store.ts";
import { hashOf } from "../state/route.ts";

export function UsageFigure() {
  const usage = stats.value?.usage;
  const top = usage?.top ?? null;
  return (
    <div
      class="figure figure-usage"
      title="Spent by all agents on models today (UTC). A + means that some models have no price in models.json"
    >
      <span class="figure-name">Spent today</span>
      <span class="figure-value">{usage === undefined ? "–" : spentText(usage.day)}</span>
      <span class="figure-note">
        {usage !== undefined && `${spentText(usage.hour)} this hour`}
        {top !== null && (
          <span class="figure-top">
            , most: <a href={hashOf({ page: "agent", id: top.agent_id })}>{top.agent_id}</a>{" "}
            {spentText(top.day)}
          </span>
        )}
      </span>
    </div>
  );
}
