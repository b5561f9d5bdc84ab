/**
 * The palette of commands: a field, and what it offers for the text in it. The pattern is ARIA's
 * combobox with a list; the focus stays in the field.
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { compareNaturally } from "../../picture/agent-order.ts";
import { closeDialog, dialog, forgetDialog } from "../dialogs.ts";
import { fleet, fleetVersion } from "../page-store.ts";
import { runCommand } from "../run-command.ts";
import { type PaletteEntry, paletteOffer } from "../state/palette-entries.ts";
import { views } from "../views.ts";
import { useAgentTypes } from "./agent-types.ts";
import { Modal } from "./modal.tsx";

export interface PaletteProps {
  /** The text that it starts with. */
  readonly text: string;
  /** The agents that a key would act on. */
  readonly marked: readonly string[];
}

const LIST_ID = "palette-list";

export function Palette({ text: first, marked }: PaletteProps) {
  const [text, setText] = useState(first);
  const [chosen, setChosen] = useState(0);
  const [refusal, setRefusal] = useState<string | null>(null);
  const types = useTypeNames();
  fleetVersion.value;
  const world = { fleet: fleet.value, marked, types, views: views.value };
  const { entries, error } = paletteOffer(text, world);
  const at = Math.min(chosen, entries.length - 1);
  const type = (typed: string) => {
    setText(typed);
    setChosen(0);
    setRefusal(null);
  };
  const take = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return setRefusal(error);
    if (entry.command === null) return type(entry.text);
    const fault = runCommand(entry.command, marked);
    setRefusal(fault);
    if (fault === null) close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moved = movedBy(event);
    if (moved !== 0) setChosen((at + moved + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") take(entries[at]);
    else if (event.key === "Tab" && entries[at] !== undefined) type(entries[at].text);
    else return;
    event.preventDefault();
  };
  return (
    <Modal title="Commands" onClose={close}>
      <Field text={text} type={type} onKeyDown={onKeyDown} chosen={at} />
      <Offers entries={entries} chosen={at} take={take} />
      <p class="palette-note" role="status">
        {refusal ?? error ?? "Arrow keys choose, Tab completes, Enter runs"}
      </p>
    </Modal>
  );
}

/** Another dialog may be open by now. */
function close(): void {
  if (dialog.value?.kind === "palette") {
    closeDialog();
    forgetDialog();
  }
}

function movedBy({ key }: KeyboardEvent): number {
  if (key === "ArrowDown") return 1;
  return key === "ArrowUp" ? -1 : 0;
}

function useTypeNames(): readonly string[] {
  const listed = useAgentTypes();
  const known = fleet.value.types();
  return useMemo(
    () => [...new Set([...listed.map(({ name }) => name), ...known])].toSorted(compareNaturally),
    [listed, known.join()],
  );
}

interface FieldProps {
  readonly text: string;
  readonly type: (text: string) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly chosen: number;
}

function Field({ text, type, onKeyDown, chosen }: FieldProps) {
  return (
    <input
      class="input palette-field"
      role="combobox"
      aria-label="Command"
      aria-expanded="true"
      aria-controls={LIST_ID}
      aria-autocomplete="list"
      aria-activedescendant={chosen < 0 ? undefined : `palette-${chosen}`}
      placeholder="pause type=joke, an agent's id, a view"
      autofocus
      autocomplete="off"
      spellcheck={false}
      value={text}
      onInput={(event) => type(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}

interface OffersProps {
  readonly entries: readonly PaletteEntry[];
  readonly chosen: number;
  readonly take: (entry: PaletteEntry) => void;
}

function Offers({ entries, chosen, take }: OffersProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen, entries.length]);
  return (
    <div class="palette-list" id={LIST_ID} role="listbox" aria-label="Commands" ref={list}>
      {entries.map((entry, n) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
        <div
          key={`${n} ${entry.text}`}
          id={`palette-${n}`}
          role="option"
          tabIndex={-1}
          aria-selected={n === chosen}
          onClick={() => take(entry)}
        >
          <span class="palette-title">{entry.title}</span>
          <span class="faint">{entry.hint}</span>
        </div>
      ))}
    </div>
  );
}
