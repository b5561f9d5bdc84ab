/**
 * How the page looks in this browser: light, dark or in the system's theme, which is stored, and with the
 * reader's text size.
 */

import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const STORAGE_KEY = "troupe.theme";
const order: readonly Theme[] = ["system", "light", "dark"];

export const theme = signal<Theme>(storedTheme());

/** Grows when colours change, so that canvases are painted again. */
export const coloursVersion = signal(0);

/**
 * How much larger the reader's text is than a browser's default. The lengths of the styles follow it as
 * `rem`; what is placed or painted in pixels multiplies by this.
 */
export const textScale = signal(1);

/** Pixels of a `rem` with a browser's default settings. */
const REM_PX = 16;

export function applyTheme(): void {
  showTheme();
  followTextSize();
  for (const condition of ["prefers-color-scheme: dark", "forced-colors: active"])
    matchMedia(`(${condition})`).addEventListener("change", () => {
      coloursVersion.value += 1;
    });
}

/** The settings of the browser may change while the page is open. */
function followTextSize(): void {
  const probe = document.createElement("div");
  probe.className = "text-probe";
  document.body.append(probe);
  const read = () => {
    textScale.value = probe.getBoundingClientRect().width / REM_PX;
  };
  read();
  new ResizeObserver(read).observe(probe);
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
