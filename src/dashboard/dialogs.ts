/** Which dialog is open. There is one at a time; the browser restores the focus when it closes. */

import { signal } from "@preact/signals";
import type { UnknownEffect } from "./state/unknown-effect.ts";

export type OpenDialog =
  | { readonly kind: "interrupt"; readonly ids: readonly string[] }
  | { readonly kind: "destroy"; readonly ids: readonly string[]; readonly reason?: string }
  | { readonly kind: "resolve"; readonly effect: UnknownEffect }
  | {
      readonly kind: "palette";
      readonly text: string;
      /** What was typed since, while its code was loaded, oldest first: names of keys. */
      readonly keys?: readonly string[];
      readonly marked: readonly string[];
    }
  | { readonly kind: "receipts" }
  | { readonly kind: "help" };

export const dialog = signal<OpenDialog | null>(null);

export function openDialog(opened: OpenDialog): void {
  dialog.value = opened;
}

/** As the browser does for Esc. Its component is notified immediately: the next key is for the page. */
export function closeDialog(): void {
  const shown = document.querySelector<HTMLDialogElement>("dialog[open]");
  shown?.dispatchEvent(new Event("cancel"));
  shown?.close();
}

/** The dialog that was open closes. */
export function forgetDialog(): void {
  dialog.value = null;
}

/** True as soon as a dialog is requested: keys typed before it is rendered are not for the page. */
export function isDialogOpen(): boolean {
  return dialog.value !== null || document.querySelector("dialog[open]") !== null;
}
