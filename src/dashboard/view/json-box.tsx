/** JSON data for people: text as it is, everything else indented, and long data folded. */

import { ScrollText } from "./scroll-panel.tsx";

export function valueText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

interface JsonBoxProps {
  readonly title: string;
  readonly value: unknown;
  readonly isOpen?: boolean;
}

export function JsonBox({ title, value, isOpen = false }: JsonBoxProps) {
  const text = valueText(value);
  return (
    <details class="fold" open={isOpen}>
      <summary>
        {title}{" "}
        <span class="faint fold-hint">{text.length <= 60 ? text.replace(/\s+/g, " ") : ""}</span>
      </summary>
      <ScrollText>{text}</ScrollText>
    </details>
  );
}
