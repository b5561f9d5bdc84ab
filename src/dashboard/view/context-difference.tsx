/** What is different between the contexts after two steps. */

import { useMemo, useState } from "preact/hooks";
import { plural } from "../../picture/number-text.ts";
import type { Tone } from "../../picture/status-look.ts";
import { type ContextChange, contextChanges } from "../state/context-changes.ts";
import { PickedValue } from "./picked-value.tsx";
import { type RowLook, VirtualList } from "./virtual-list.tsx";

interface ContextDifferenceProps {
  readonly before: unknown;
  readonly after: unknown;
}

export function ContextDifference({ before, after }: ContextDifferenceProps) {
  const changes = useMemo(() => contextChanges(before, after), [before, after]);
  const [picked, setPicked] = useState(0);
  const active = Math.min(picked, Math.max(0, changes.length - 1));
  const change = changes[active];
  if (change === undefined) return <p class="empty-line">The context is the same.</p>;
  return (
    <>
      <p class="faint">{plural(changes.length, "difference")}</p>
      <VirtualList
        role="listbox"
        label="Differences"
        count={changes.length}
        active={active}
        activate={setPicked}
        rowOf={(index) => lookOf(changes[index], index === active)}
      />
      <PickedValue path={change.path} value={change.after} before={change.before} />
    </>
  );
}

const signs: Readonly<Record<ContextChange["kind"], readonly [sign: string, tone: Tone]>> = {
  added: ["+", "good"],
  removed: ["−", "bad"],
  changed: ["~", "held"],
};

function lookOf(change: ContextChange | undefined, isActive: boolean): RowLook {
  const attributes = { role: "option", "aria-selected": isActive } as const;
  if (change === undefined) return { attributes, content: null };
  const { kind, path, text } = change;
  const [sign, tone] = signs[kind];
  return {
    attributes,
    content: (
      <>
        <span class="change-sign" data-tone={tone} aria-hidden="true">
          {sign}
        </span>
        <span class="hidden-text">{kind} </span>
        <span class="tree-key">{path === "" ? "context" : path}</span>
        <span class="tree-value">{text}</span>
      </>
    ),
  };
}
