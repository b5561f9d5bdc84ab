/** Shows all agents again: clears the search and the filters, and keeps the order and the groups. */

import { listQueryDefault } from "../../picture/list-query.ts";
import { clearSelection } from "../navigation.ts";
import { query } from "../page-store.ts";
import { PassingButton } from "./passing-button.tsx";

interface ClearFiltersProps {
  readonly class?: string;
  readonly children?: string;
}

export function ClearFilters({
  class: name = "button",
  children = "Clear search and filters",
}: ClearFiltersProps) {
  return (
    <PassingButton
      class={name}
      onClick={clear}
      next={() => document.querySelector(".search input")}
    >
      {children}
    </PassingButton>
  );
}

function clear(): void {
  const { sort, isDescending, isGrouped } = query.value;
  query.value = { ...listQueryDefault, sort, isDescending, isGrouped };
  clearSelection();
}
