/** Copies text, also on a page that was loaded over plain HTTP, where browsers have no clipboard. */

/** False if the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (!("clipboard" in navigator)) return copySelected(text);
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden-text";
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
