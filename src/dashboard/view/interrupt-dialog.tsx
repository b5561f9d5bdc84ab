/**
 * Sends guidance to several agents: a subject, or a JSON object that their type understands.
 */

import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { plural } from "../../picture/number-text.ts";
import { interruptAgents } from "../commands.ts";
import { closeDialog, dialog } from "../dialogs.ts";
import { fleet } from "../page-store.ts";
import { readGuidance } from "../state/guidance-draft.ts";
import { type GuidanceHint, guidanceHintOf } from "../state/guidance-hint.ts";
import { Field, noteIdOf } from "./field.tsx";
import { useGuidanceSchemas } from "./guidance-schemas.ts";
import { Modal, ModalFoot } from "./modal.tsx";

type Kind = "subject" | "json";

export function InterruptDialog({ ids }: { readonly ids: readonly string[] }) {
  const [kind, setKind] = useState<Kind>("subject");
  const [text, setText] = useState("");
  const [mode, setMode] = useState<"next" | "now">("next");
  const [error, setError] = useState<string | null>(null);
  const types = [...new Set(ids.flatMap((id) => fleet.value.find(id)?.type ?? []))];
  const schemas = useGuidanceSchemas(true);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const read = readGuidance({ kind, text }, types, schemas);
    if (!read.isOk) return setError(read.error);
    void interruptAgents(ids, read.value, mode);
    closeDialog();
  };
  const what = ids.length === 1 ? ids[0] : plural(ids.length, "agent");
  const close = () => {
    dialog.value = null;
  };
  return (
    <Modal title={`Interrupt ${what}`} onClose={close}>
      <form noValidate onSubmit={submit}>
        <div class="tabs" role="group" aria-label="Format of the guidance">
          <Choice name="Subject" isChosen={kind === "subject"} choose={() => setKind("subject")} />
          <Choice name="JSON" isChosen={kind === "json"} choose={() => setKind("json")} />
        </div>
        <GuidanceField
          kind={kind}
          text={text}
          setText={setText}
          error={error}
          hint={guidanceHintOf(types.length === 1 ? types[0] : undefined, schemas)}
        />
        <fieldset class="choices">
          <legend>When</legend>
          <Mode mode="next" text="At the next step" chosen={mode} choose={setMode} />
          <Mode
            mode="now"
            text="Now (cancels the running model call)"
            chosen={mode}
            choose={setMode}
          />
        </fieldset>
        <ModalFoot submit="Interrupt" />
      </form>
    </Modal>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function Choice({ name, isChosen, choose }: ChoiceProps) {
  return (
    <button type="button" aria-pressed={isChosen} onClick={choose}>
      {name}
    </button>
  );
}

interface GuidanceFieldProps {
  readonly kind: Kind;
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly error: string | null;
  readonly hint: GuidanceHint;
}

function GuidanceField({ kind, text, setText, error, hint }: GuidanceFieldProps) {
  const shared = {
    id: "guidance",
    "aria-describedby": noteIdOf("guidance"),
    "aria-invalid": error !== null,
    autofocus: true,
    value: text,
  };
  if (kind === "subject") {
    return (
      <Field id="guidance" name="New subject" hint="The topic from now on" error={error}>
        <input
          {...shared}
          class="input"
          maxLength={2_000}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </Field>
    );
  }
  return (
    <Field
      id="guidance"
      name="Guidance"
      hint={hint.fields ?? "A JSON object; its meaning depends on the agent's type"}
      error={error}
    >
      <textarea
        {...shared}
        class="input code"
        rows={5}
        spellcheck={false}
        placeholder={hint.placeholder}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </Field>
  );
}

interface ModeProps {
  readonly mode: "next" | "now";
  readonly text: string;
  readonly chosen: "next" | "now";
  readonly choose: (mode: "next" | "now") => void;
}

function Mode({ mode, text, chosen, choose }: ModeProps) {
  return (
    <label>
      <input type="radio" name="mode" checked={mode === chosen} onChange={() => choose(mode)} />
      {text}
    </label>
  );
}
