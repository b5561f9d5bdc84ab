/** How much needs attention: a link in the header, and a line above the list that names the most urgent. */

import { countText } from "../../picture/number-text.ts";
import { troubleTitle } from "../../picture/trouble-text.ts";
import { causes } from "../page-store.ts";
import { hashOf } from "../state/route.ts";
import { Icon } from "./icon.tsx";
import { Key } from "./marks.tsx";

const href = hashOf({ page: "trouble" });

export function NeedsLink({ isCurrent }: { readonly isCurrent: boolean }) {
  const count = causes.value.length;
  return (
    <a
      href={href}
      class="needs-link"
      aria-current={isCurrent ? "page" : undefined}
      title="Needs you (N)"
    >
      <span class="wide-only">Needs you</span>
      <span class="narrow-only">
        <Icon name="error" />
        <span class="hidden-text">Needs you</span>
      </span>
      {count > 0 && <span class="needs-count">{countText(count)}</span>}
    </a>
  );
}

/** Nothing while nothing needs attention. */
export function NeedsLine() {
  const found = causes.value;
  if (found.length === 0) return null;
  return (
    <a class="needs-line" href={href}>
      <Icon name="error" />
      <span class="needs-text">
        <strong>Needs you:</strong> {found.map(troubleTitle).join(" · ")}
      </span>
      <Key>N</Key>
    </a>
  );
}
