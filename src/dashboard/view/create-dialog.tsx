/** Asks for a new agent. What the server refuses is told by the receipt. */

import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { type CreateRequest, createAgent } from "../commands.ts";
import { go } from "../navigation.ts";
import { readAgentId, readInterval, readJsonObject } from "../state/form-text.ts";
import { fleet } from "../store.ts";
import { Field, noteIdOf } from "./field.tsx";
import { Modal, ModalFoot } from "./modal.tsx";

const TYPE_DEFAULT = "joke";

interface Draft {
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  readonly interval: string;
  readonly config: string;
}

const emptyDraft: Draft = { type: TYPE_DEFAULT, id: "", subject: "", interval: "", config: "" };

export function CreateDialog() {
  const [draft, setDraft] = useState(emptyDraft);
  const [isBusy, setBusy] = useState(false);
  const [isTried, setTried] = useState(false);
  const errors = isTried ? errorsOf(draft) : {};
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    const request = requestOf(draft);
    if (request === null) return focusFirst(event.currentTarget, errorsOf(draft));
    setBusy(true);
    const id = await createAgent(request);
    setBusy(false);
    if (id !== null) go({ page: "agent", id });
  };
  const change = (changes: Partial<Draft>) => setDraft({ ...draft, ...changes });
  return (
    <Modal title="Create agent" onClose={leave}>
      <form noValidate onSubmit={(event) => void submit(event)}>
        <Names draft={draft} change={change} errors={errors} />
        <Settings draft={draft} change={change} errors={errors} />
        <ModalFoot submit="Create agent" isBusy={isBusy} />
      </form>
    </Modal>
  );
}

/** Not after it was answered: then the page is the agent's already. */
function leave(): void {
  if (location.hash === "#/create") go({ page: "agents" });
}

type Errors = Partial<Record<keyof Draft, string>>;

interface PartProps {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
  readonly errors: Errors;
}

function Names({ draft, change, errors }: PartProps) {
  const types = [...new Set([TYPE_DEFAULT, ...fleet.value.types()])];
  return (
    <>
      <Field id="subject" name="Subject" hint="What it is about. The joke agent jokes about it.">
        <input
          {...control("subject", errors)}
          autofocus
          maxLength={2_000}
          value={draft.subject}
          onInput={(event) => change({ subject: event.currentTarget.value })}
        />
      </Field>
      <div class="field-pair">
        <Field id="type" name="Type" hint="joke, or a type of your own" error={errors.type ?? null}>
          <input
            {...control("type", errors)}
            list="types"
            maxLength={128}
            value={draft.type}
            onInput={(event) => change({ type: event.currentTarget.value })}
          />
          <datalist id="types">
            {types.map((type) => (
              <option key={type} value={type} />
            ))}
          </datalist>
        </Field>
        <Field id="id" name="Id" hint="Left empty, one is made" error={errors.id ?? null}>
          <input
            {...control("id", errors)}
            spellcheck={false}
            value={draft.id}
            onInput={(event) => change({ id: event.currentTarget.value })}
          />
        </Field>
      </div>
    </>
  );
}

function Settings({ draft, change, errors }: PartProps) {
  const { interval, config } = draft;
  return (
    <>
      <Field
        id="interval"
        name="Interval"
        hint="Seconds from the start of one step to the next. Left empty: 3, or what its type is set to."
        error={errors.interval ?? null}
      >
        <input
          {...control("interval", errors)}
          inputMode="decimal"
          value={interval}
          onInput={(event) => change({ interval: event.currentTarget.value })}
        />
      </Field>
      <Field
        id="config"
        name="Config"
        hint="A JSON object for its type"
        error={errors.config ?? null}
      >
        <textarea
          {...control("config", errors)}
          class="input code"
          rows={3}
          spellcheck={false}
          placeholder="{}"
          value={config}
          onInput={(event) => change({ config: event.currentTarget.value })}
        />
      </Field>
    </>
  );
}

function control(id: keyof Draft, errors: Errors) {
  const isWrong = errors[id] !== undefined;
  return { id, class: "input", "aria-describedby": noteIdOf(id), "aria-invalid": isWrong };
}

function errorsOf(draft: Draft): Errors {
  const read = {
    id: readAgentId(draft.id),
    interval: readInterval(draft.interval),
    config: readJsonObject(draft.config),
  };
  const errors: Errors = draft.type.trim() === "" ? { type: "must be named" } : {};
  for (const [name, found] of Object.entries(read)) {
    if (!found.isOk) errors[name as keyof Draft] = found.error;
  }
  return errors;
}

/** Null where something is wrong. */
function requestOf(draft: Draft): CreateRequest | null {
  const id = readAgentId(draft.id);
  const interval = readInterval(draft.interval);
  const config = readJsonObject(draft.config);
  const type = draft.type.trim();
  if (!id.isOk || !interval.isOk || !config.isOk || type === "") return null;
  const subject = draft.subject.trim();
  return {
    agent_type: type,
    ...(id.value === undefined ? {} : { agent_id: id.value }),
    ...(subject === "" ? {} : { initial_subject: subject }),
    config: {
      ...config.value,
      ...(interval.value === undefined ? {} : { interval_ms: interval.value }),
    },
  };
}

function focusFirst(form: HTMLFormElement, errors: Errors): void {
  const [first] = Object.keys(errors);
  if (first !== undefined) form.querySelector<HTMLElement>(`#${first}`)?.focus();
}
