/** Search, filters and grouping of the list. Chips count the whole fleet, not the listed agents. */

import { isFiltered, type ListQuery } from "../../picture/list-query.ts";
import { countText } from "../../picture/number-text.ts";
import { findView } from "../../picture/standard-views.ts";
import { statuses } from "../../picture/status-tone.ts";
import { type Trouble, troubles } from "../../picture/trouble.ts";
import { troubleShort } from "../../picture/trouble-text.ts";
import { openDialog } from "../dialogs.ts";
import { causes, fleet, fleetVersion, listed, query } from "../page-store.ts";
import { toggledStatus } from "../state/agent-rows.ts";
import { shownView, views } from "../views.ts";
import { ClearFilters } from "./clear-filters.tsx";
import { Icon } from "./icon.tsx";
import { Mark, StatusMark } from "./marks.tsx";
import { SearchField } from "./search-field.tsx";

/** @param props `isFlat` leaves out what is about the lines of the list */
export function FilterBar({ isFlat = false }: { readonly isFlat?: boolean }) {
  return (
    <div class="filter-bar">
      <SearchField
        name="Search agents"
        placeholder="Search id, subject, result, error"
        value={query.value.search}
        onSearch={(search) => refine({ search })}
      />
      <StatusChips />
      <Count />
      <span class="grow" />
      <TypeFilter />
      {!isFlat && <ViewChoice />}
      {!isFlat && <Group />}
    </div>
  );
}

function refine(changes: Partial<ListQuery>): void {
  query.value = { ...query.value, ...changes };
}

function Group() {
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={query.value.isGrouped}
      onClick={() => refine({ isGrouped: !query.value.isGrouped })}
    >
      <Icon name="group" />
      Group
    </button>
  );
}

function StatusChips() {
  fleetVersion.value;
  const counts = fleet.value.countByStatus();
  const chosen = query.value.statuses;
  const shown = statuses.filter((status) => counts.has(status) || chosen.has(status));
  return (
    <div class="chips" role="group" aria-label="Filter by status">
      {shown.map((status) => (
        <button
          key={status}
          type="button"
          class="chip"
          aria-pressed={chosen.has(status)}
          onClick={() => {
            query.value = toggledStatus(query.value, status);
          }}
        >
          <StatusMark status={status} />
          <span class="chip-count">{countText(counts.get(status) ?? 0)}</span>
        </button>
      ))}
      <TroubleChips />
    </div>
  );
}

/** Trouble that statuses do not show: an agent that paused itself looks paused. */
function TroubleChips() {
  const counts = new Map<Trouble, number>();
  for (const { trouble, agents } of causes.value) {
    counts.set(trouble, (counts.get(trouble) ?? 0) + agents.length);
  }
  const chosen = query.value.trouble;
  const shown = troubles.filter((trouble) => troublesHidden.has(trouble) || trouble === chosen);
  return (
    <>
      {shown.map((trouble) => {
        const count = counts.get(trouble) ?? 0;
        if (count === 0 && chosen !== trouble) return null;
        return (
          <button
            key={trouble}
            type="button"
            class="chip"
            aria-pressed={chosen === trouble}
            onClick={() => refine({ trouble: chosen === trouble ? "" : trouble, cause: "" })}
          >
            <Mark tone="bad" icon="error" text={troubleShort(trouble)} />
            <span class="chip-count">{countText(count)}</span>
          </button>
        );
      })}
    </>
  );
}

/** Trouble of agents that look paused or running. All other is on its own page. */
const troublesHidden = new Set<Trouble>([
  "self_paused",
  "effect_unknown",
  "safe_mode",
  "unresponsive",
]);

function TypeFilter() {
  fleetVersion.value;
  const types = fleet.value.types();
  const { type } = query.value;
  if (types.length < 2 && type === "") return null;
  return (
    <select
      class="select"
      aria-label="Filter by type"
      value={type}
      onChange={(event) => refine({ type: event.currentTarget.value })}
    >
      <option value="">All types</option>
      {types.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

const UNNAMED = "";
/** No name begins with a space. */
const SAVE = " save";

/** The views by name. A list that has no name offers to save it. */
function ViewChoice() {
  const shown = shownView.value?.name ?? UNNAMED;
  return (
    <select
      class="select"
      aria-label="View"
      value={shown}
      onChange={(event) => {
        const { value } = event.currentTarget;
        const view = findView(views.value, value);
        if (view !== undefined) query.value = view.query;
        else if (value === SAVE) openDialog({ kind: "palette", text: "save ", marked: [] });
        event.currentTarget.value = shown;
      }}
    >
      {shown === UNNAMED && <option value={UNNAMED}>No named view</option>}
      {views.value.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
      {shown === UNNAMED && <option value={SAVE}>Save this view…</option>}
    </select>
  );
}

function Count() {
  fleetVersion.value;
  if (!isFiltered(query.value)) return null;
  return (
    <span class="listed-count">
      <span class="count">
        {countText(listed.value.length)} of {countText(fleet.value.size)}
      </span>
      <ClearFilters class="link">Clear</ClearFilters>
    </span>
  );
}
