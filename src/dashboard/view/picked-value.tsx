/** The value of the active row: its path and itself, whole, each with a button that copies it. */

import { useEffect, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { valueText } from "./json-box.tsx";
import { ScrollText } from "./scroll-panel.tsx";

interface PickedValueProps {
  readonly path: string;
  readonly value: unknown;
  /** Of the step that it is compared with. */
  readonly before?: unknown;
}

/** Longer values are shown cut, and copied whole. */
const SHOWN_CHARS_MAX = 20_000;
const SAID_MS = 2_000;

export function PickedValue({ path, value, before }: PickedValueProps) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (what: string, text: string) => async () => {
    setSaid((await copyText(text)) ? `${what} copied` : "The browser does not allow copying");
  };
  return (
    <div class="picked">
      <div class="picked-head">
        <code class="picked-path">{path === "" ? "whole context" : path}</code>
        <span class="faint" role="status">
          {said}
        </span>
        <Button look="small" onClick={() => void copy("Path", path)()}>
          Copy path
        </Button>
        <Button look="small" onClick={() => void copy("Value", valueText(value))()}>
          Copy value
        </Button>
      </div>
      {before !== undefined && <Value name="Before" value={before} />}
      {value !== undefined && (
        <Value name={before === undefined ? "Value" : "After"} value={value} />
      )}
    </div>
  );
}

interface ValueProps {
  readonly name: string;
  readonly value: unknown;
}

function Value({ name, value }: ValueProps) {
  const text = valueText(value);
  const shown =
    text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX).toWellFormed()}…` : text;
  return (
    <ScrollText class="picked-value" role="group" aria-label={name}>
      {shown}
    </ScrollText>
  );
}

/** Also on a page that was loaded over plain HTTP, where browsers have no clipboard; false if it is refused. */
async function copyText(text: string): Promise<boolean> {
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
