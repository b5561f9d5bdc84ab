/**
 * Sends guidance to several agents: a subject, or a JSON object that their type understands.
 */

import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { plural } from "../../picture/number-text.ts";
import { closeDialog } from "../dialogs.ts";
import { draftOf, keepDraft, sendDraft } from "../guidance-drafts.ts";
import { fleet } from "../page-store.ts";
import { type GuidanceDraft, readGuidance } from "../state/guidance-draft.ts";
import { type GuidanceHint, guidanceHintOf } from "../state/guidance-hint.ts";
import { useGuidanceSchemas } from "./agent-types.ts";
import { Choices, RadioChoices } from "./choices.tsx";
import { Field, noteIdOf } from "./field.tsx";
import { Modal, ModalFoot } from "./modal.tsx";

type Kind = "subject" | "json";

const kinds = [
  { value: "subject", text: "Subject" },
  { value: "json", text: "JSON" },
] as const;

const modes = [
  { value: "next", text: "At the next step" },
  { value: "now", text: "Now (cancels the running model call)" },
] as const;

export function InterruptDialog({ ids }: { readonly ids: readonly string[] }) {
  const key = ids.join(" ");
  const draft = draftOf(key);
  const { kind, text, mode } = draft;
  const change = (changes: Partial<GuidanceDraft>) => keepDraft(key, { ...draft, ...changes });
  const [error, setError] = useState<string | null>(null);
  const types = [...new Set(ids.flatMap((id) => fleet.value.find(id)?.type ?? []))];
  const schemas = useGuidanceSchemas(true);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const read = readGuidance({ kind, text }, types, schemas);
    if (!read.isOk) return setError(read.error);
    void sendDraft(key, ids, read.value);
    closeDialog();
  };
  const what = ids.length === 1 ? ids[0] : plural(ids.length, "agent");
  return (
    <Modal title={`Interrupt ${what}`}>
      <form noValidate onSubmit={submit}>
        <Choices
          name="Format of the guidance"
          choices={kinds}
          chosen={kind}
          choose={(kind) => change({ kind })}
        />
        <GuidanceField
          kind={kind}
          text={text}
          setText={(text) => change({ text })}
          error={error}
          hint={guidanceHintOf(types.length === 1 ? types[0] : undefined, schemas)}
        />
        <RadioChoices
          name="When"
          choices={modes}
          chosen={mode}
          choose={(mode) => change({ mode })}
        />
        <ModalFoot submit="Interrupt" />
      </form>
    </Modal>
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
