/**
 * The palette of commands: a field, and what it offers for the text in it. The pattern is ARIA's
 * combobox with a list; the focus stays in the field.
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { compareNaturally } from "../../picture/agent-order.ts";
import { closeDialog, dialog } from "../dialogs.ts";
import { fleet, fleetVersion } from "../page-store.ts";
import { runCommand } from "../run-command.ts";
import { type PaletteEntry, paletteOffer } from "../state/palette-entries.ts";
import { effectOfKey, newInput, replayKeys } from "../state/palette-input.ts";
import { views } from "../views.ts";
import { useAgentTypes } from "./agent-types.ts";
import { Modal } from "./modal.tsx";

export interface PaletteProps {
  /** The text that it starts with. */
  readonly text: string;
  /** What was typed since, while this code was loaded. */
  readonly keys: readonly string[];
  /** The agents that a key would act on. */
  readonly marked: readonly string[];
}

const LIST_ID = "palette-list";

export function Palette({ text: first, keys, marked }: PaletteProps) {
  const [refusal, setRefusal] = useState<string | null>(null);
  const types = useTypeNames();
  fleetVersion.value;
  const world = { fleet: fleet.value, marked, types, views: views.value };
  const [ahead] = useState(() =>
    replayKeys(first, keys, (typed) => paletteOffer(typed, world).entries),
  );
  const [input, setInput] = useState(ahead.input);
  const { text, chosen } = input;
  const { entries, error } = paletteOffer(text, world);
  const at = Math.min(chosen, entries.length - 1);
  const type = (typed: string) => {
    setInput(newInput(typed));
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
    const effect = effectOfKey(event.key, input, entries);
    if (effect === undefined) return;
    if (effect.kind === "take") take(effect.entry);
    else {
      setInput(effect.input);
      setRefusal(null);
    }
    event.preventDefault();
  };
  // The dialog must be there, because a command closes it.
  useEffect(() => {
    if (ahead.hasEntered) take(entries[at]);
  }, []);
  return (
    <Modal title="Commands">
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
  if (dialog.value?.kind === "palette") closeDialog();
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
