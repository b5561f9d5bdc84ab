/** Which dialog is open. One at a time; the browser gives the focus back when it closes. */

import { signal } from "@preact/signals";

export type OpenDialog =
  | { readonly kind: "interrupt"; readonly ids: readonly string[] }
  | { readonly kind: "destroy"; readonly ids: readonly string[]; readonly reason?: string }
  | { readonly kind: "receipts" }
  | { readonly kind: "help" };

export const dialog = signal<OpenDialog | null>(null);

export function openDialog(opened: OpenDialog): void {
  dialog.value = opened;
}

/** Closes the element, which tells its component. */
export function closeDialog(): void {
  document.querySelector<HTMLDialogElement>("dialog[open]")?.close();
}

/** True as soon as one is asked for: what is typed before it is there is not for the page. */
export function isDialogOpen(): boolean {
  return dialog.value !== null || document.querySelector("dialog[open]") !== null;
}
