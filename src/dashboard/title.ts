/** The title and the icon of the tab: how many causes need attention, for a tab in the background. */

import { effect } from "@preact/signals";
import { causes, route } from "./page-store.ts";

/** More do not fit on the icon. */
const COUNT_SHOWN_MAX = 9;

export function followTitle(): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const plain = icon?.href ?? "";
  effect(() => {
    const count = causes.value.length;
    const name = nameOfPage();
    document.title = count === 0 ? name : `(${count}) ${name}`;
    const wanted = count === 0 ? plain : markedIcon(count);
    if (icon !== null && icon.href !== wanted) icon.href = wanted;
  });
}

function nameOfPage(): string {
  const { value } = route;
  if (value.page === "agent") return `${value.id} · Troupe`;
  if (value.page === "unknown") return "No such page · Troupe";
  return value.page === "trouble" ? "Needs you · Troupe" : "Troupe";
}

/** The icon with a badge, inline, because the page may load nothing else. */
function markedIcon(count: number): string {
  const text = count > COUNT_SHOWN_MAX ? `${COUNT_SHOWN_MAX}+` : String(count);
  const size = text.length === 1 ? 17 : 13;
  return (
    "data:image/svg+xml," +
    encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#4b5bd6"/><circle cx="8" cy="10" r="3" fill="#fff"/><circle cx="10" cy="23" r="3" fill="#fff"/><circle cx="20" cy="20" r="12" fill="#fff"/><circle cx="20" cy="20" r="10.5" fill="#c9202f"/><text x="20" y="20" dy=".35em" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${size}" fill="#fff">${text}</text></svg>`,
    )
  );
}
