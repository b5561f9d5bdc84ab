/** Settles an effect whose outcome is unknown: it had its effect, or it may be called again. */

import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { defined } from "../../model/defined.ts";
import { EFFECT_VALUE_BYTES_MAX } from "../../model/effect-states.ts";
import { resolveEffect } from "../commands.ts";
import { closeDialog } from "../dialogs.ts";
import { readJsonValue } from "../state/form-text.ts";
import type { UnknownEffect } from "../state/unknown-effect.ts";
import { RadioChoices } from "./choices.tsx";
import { Field, noteIdOf } from "./field.tsx";
import { Modal, ModalFoot } from "./modal.tsx";

type Outcome = "done" | "retry";

const outcomes = [
  { value: "done", text: "It had its effect: keep this result" },
  { value: "retry", text: "It had no effect: call it again" },
] as const;

export function ResolveDialog({ effect }: { readonly effect: UnknownEffect }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [text, setText] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (outcome === null) return;
    const read = readJsonValue(text, EFFECT_VALUE_BYTES_MAX);
    if (outcome === "done" && !read.isOk) return setError(read.error);
    const value = read.isOk ? read.value : undefined;
    const done = { outcome: "done" as const, ...defined({ value }) };
    void resolveEffect(effect, outcome === "done" ? done : { outcome });
    closeDialog();
  };
  return (
    <Modal title={`Resolve ${effect.name}`}>
      <form noValidate onSubmit={submit}>
        <p class="resolve-text">
          Step {effect.iteration} of {effect.agentId} called it, and the thread ended before an
          answer was stored. Look up what happened, then choose.
        </p>
        <RadioChoices
          name="Outcome"
          choices={outcomes}
          chosen={outcome}
          choose={setOutcome}
          autofocus
        />
        {outcome === "done" && <ValueField text={text} setText={setText} error={error} />}
        <ModalFoot submit="Resolve" isBusy={outcome === null} />
      </form>
    </Modal>
  );
}

interface ValueFieldProps {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly error: string | null;
}

function ValueField({ text, setText, error }: ValueFieldProps) {
  return (
    <Field
      id="resolve-value"
      name="Result"
      hint="JSON, as the function would have returned it; empty if it returns nothing"
      error={error}
    >
      <textarea
        id="resolve-value"
        class="input code"
        rows={4}
        spellcheck={false}
        aria-describedby={noteIdOf("resolve-value")}
        aria-invalid={error !== null}
        placeholder={'{ "id": 42 }'}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </Field>
  );
}
