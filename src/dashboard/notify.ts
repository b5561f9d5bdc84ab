/**
 * Notifications of the browser about new causes of trouble and a lost connection, for a page in the
 * background: only if somebody asked for them in this browser.
 */

import { effect, signal } from "@preact/signals";
import { troubleTitle } from "../picture/trouble-text.ts";
import { go } from "./navigation.ts";
import { causes, isLoaded, staleReason } from "./page-store.ts";
import { timeNow } from "./server-time.ts";
import { NewCauses } from "./state/new-causes.ts";

const STORAGE_KEY = "troupe.notify";
/** Causes that one notification names. */
const NAMED_MAX = 3;
/** Milliseconds without a connection after which somebody who relies on notifications must know. */
const LOST_MS = 60_000;

const whileLost = "Nothing is reported until the page has reconnected.";

/** `missing`: the browser has none, or not for pages that came over plain HTTP from elsewhere. */
export type NotifyState = "off" | "on" | "blocked" | "missing";

export const notifyState = signal<NotifyState>(storedState());

/** Called once. */
export function followCauses(): void {
  const news = new NewCauses();
  effect(() => {
    if (!isLoaded.value) return;
    const told = news.take(causes.value, timeNow(), isWanted());
    if (told.length > 0) show("Troupe needs you", told.map(troubleTitle));
  });
  effect(() => {
    if (staleReason.value === null) return;
    const timer = setTimeout(() => {
      if (isWanted()) show("Troupe is not connected", [whileLost]);
    }, LOST_MS);
    return () => clearTimeout(timer);
  });
}

function isWanted(): boolean {
  return notifyState.value === "on" && document.hidden;
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
function show(title: string, titles: readonly string[]): void {
  const more = titles.length - NAMED_MAX;
  const lines = [...titles.slice(0, NAMED_MAX), ...(more > 0 ? [`and ${more} more`] : [])];
  try {
    const shown = new Notification(title, { body: lines.join("\n"), tag: "troupe" });
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
