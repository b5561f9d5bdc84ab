/**
 * Whether single characters are keys of the page, stored in this browser. Without them nothing happens if
 * speech input, or a hand that slips, produces letters while no field has the focus.
 */

import { signal } from "@preact/signals";

const STORAGE_KEY = "troupe.keys";

export const areLettersKeys = signal(stored() !== "off");

export function applyLetterKeys(): void {
  document.documentElement.dataset["keys"] = areLettersKeys.value ? "on" : "off";
}

export function setLetterKeys(areKeys: boolean): void {
  areLettersKeys.value = areKeys;
  applyLetterKeys();
  try {
    localStorage.setItem(STORAGE_KEY, areKeys ? "on" : "off");
  } catch {
    // A browser that stores nothing keeps it until the page is closed.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
