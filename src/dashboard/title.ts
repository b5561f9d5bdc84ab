/**
 * The title and the icon of the tab: whether the page is connected, and how many causes need attention, for
 * a tab in the background.
 */

import { effect } from "@preact/signals";
import { causes, route, staleReason } from "./page-store.ts";
import { titleOf } from "./state/page-title.ts";

/** More do not fit on the icon. */
const COUNT_SHOWN_MAX = 9;

export function followTitle(): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const plain = icon?.href ?? "";
  effect(() => {
    const count = causes.value.length;
    document.title = titleOf(route.value, { causes: count, staleReason: staleReason.value });
    const badge = staleReason.value === null ? countText(count) : "!";
    const wanted = badge === "" ? plain : markedIcon(badge);
    if (icon !== null && icon.href !== wanted) icon.href = wanted;
  });
}

function countText(count: number): string {
  if (count === 0) return "";
  return count > COUNT_SHOWN_MAX ? `${COUNT_SHOWN_MAX}+` : String(count);
}

/** The icon with a badge, inline, because the page may load nothing else. */
function markedIcon(text: string): string {
  const size = text.length === 1 ? 17 : 13;
  return (
    "data:image/svg+xml," +
    encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#4b5bd6"/><circle cx="8" cy="10" r="3" fill="#fff"/><circle cx="10" cy="23" r="3" fill="#fff"/><circle cx="20" cy="20" r="12" fill="#fff"/><circle cx="20" cy="20" r="10.5" fill="#c9202f"/><text x="20" y="20" dy=".35em" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${size}" fill="#fff">${text}</text></svg>`,
    )
  );
}
