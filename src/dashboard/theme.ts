/** Light, dark or the system's theme, stored in this browser. */

import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const STORAGE_KEY = "troupe.theme";
const order: readonly Theme[] = ["system", "light", "dark"];

export const theme = signal<Theme>(storedTheme());

/** Grows when colours change, so that canvases are painted again. */
export const coloursVersion = signal(0);

export function applyTheme(): void {
  showTheme();
  for (const condition of ["prefers-color-scheme: dark", "forced-colors: active"])
    matchMedia(`(${condition})`).addEventListener("change", () => {
      coloursVersion.value += 1;
    });
}

export function nextTheme(): void {
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? "system";
  showTheme();
  try {
    localStorage.setItem(STORAGE_KEY, theme.value);
  } catch {
    // A browser that stores nothing still shows the theme.
  }
}

function showTheme(): void {
  document.documentElement.dataset["theme"] = theme.value;
  coloursVersion.value += 1;
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return order.find((known) => known === stored) ?? "system";
  } catch {
    return "system";
  }
}
