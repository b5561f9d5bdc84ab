/**
 * Notifications of the browser about new causes of trouble, for a page in the background: only if somebody
 * asked for them in this browser.
 */

import { effect, signal } from "@preact/signals";
import { troubleTitle } from "../picture/trouble-text.ts";
import { go } from "./navigation.ts";
import { causes, isLoaded } from "./page-store.ts";
import { timeNow } from "./server-time.ts";
import { NewCauses } from "./state/new-causes.ts";

const STORAGE_KEY = "troupe.notify";
/** Causes that one notification names. */
const NAMED_MAX = 3;

/** `missing`: the browser has none, or not for pages that came over plain HTTP from elsewhere. */
export type NotifyState = "off" | "on" | "blocked" | "missing";

export const notifyState = signal<NotifyState>(storedState());

/** Called once. */
export function followCauses(): void {
  const news = new NewCauses();
  effect(() => {
    if (!isLoaded.value) return;
    const isWanted = notifyState.value === "on" && document.hidden;
    const told = news.take(causes.value, timeNow(), isWanted);
    if (told.length > 0) show(told.map(troubleTitle));
  });
}

/** Asks the browser for its permission, which it may remember, or turns notifications off. */
export async function toggleNotify(): Promise<void> {
  if (notifyState.value === "on") notifyState.value = "off";
  else {
    const permission = await Notification.requestPermission();
    notifyState.value = { granted: "on", denied: "blocked", default: "off" }[
      permission
    ] as NotifyState;
  }
  try {
    localStorage.setItem(STORAGE_KEY, notifyState.value);
  } catch {
    // A browser that stores nothing notifies until the page is closed.
  }
}

/** The tag makes a later notification replace the one before. */
function show(titles: readonly string[]): void {
  const more = titles.length - NAMED_MAX;
  const lines = [...titles.slice(0, NAMED_MAX), ...(more > 0 ? [`and ${more} more`] : [])];
  try {
    const shown = new Notification("Troupe needs you", { body: lines.join("\n"), tag: "troupe" });
    shown.onclick = () => {
      window.focus();
      go({ page: "trouble" });
      shown.close();
    };
  } catch {
    // Some browsers of phones let only a service worker notify.
    notifyState.value = "missing";
  }
}

function storedState(): NotifyState {
  if (!("Notification" in globalThis) || !globalThis.isSecureContext) return "missing";
  if (Notification.permission === "denied") return "blocked";
  try {
    const isOn = localStorage.getItem(STORAGE_KEY) === "on";
    return isOn && Notification.permission === "granted" ? "on" : "off";
  } catch {
    return "off";
  }
}
