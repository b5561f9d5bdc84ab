/** The form for a new agent. It shows a refusal of the server and keeps what was typed. */

import type { RefObject, TargetedSubmitEvent } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isAlive } from "../../model/agent.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { type CreateDraft, createDraft, emptyDraft, TYPE_DEFAULT } from "../create-draft.ts";
import { type CreateAnswer, type CreateRequest, createAgent } from "../create-request.ts";
import type { AgentType } from "../link/types-reader.ts";
import { go } from "../navigation.ts";
import { fleet } from "../page-store.ts";
import { readAgentId, readInterval, readJsonObject } from "../state/form-text.ts";
import { describeProperties } from "../state/json-schema.ts";
import { findConfigFault } from "../state/schema-check.ts";
import { useAgentTypes } from "./agent-types.ts";
import { ErrorBox } from "./error-box.tsx";
import { Field, noteIdOf } from "./field.tsx";
import { Modal, ModalFoot } from "./modal.tsx";

type Refusal = Extract<CreateAnswer, { isCreated: false }>;

export function CreateDialog() {
  const draft = createDraft.value;
  const [isBusy, setBusy] = useState(false);
  const [isTried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const isShown = useIsShown();
  const types = useTypes();
  const type = types.find(({ name }) => name === draft.type);
  const errors = isTried ? errorsOf(draft, type) : {};
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setTried(true);
    setRefusal(null);
    const found = errorsOf(draft, type);
    const request = requestOf(draft);
    if (Object.keys(found).length > 0 || request === null) {
      return focusFirst(event.currentTarget, found);
    }
    setBusy(true);
    const answer = await createAgent(request, () => isShown.current);
    setBusy(false);
    if (!answer.isCreated) return setRefusal(answer);
    // If the form was closed meanwhile, the page that is open now stays, and so does the text of another form.
    if (isShown.current || createDraft.value === draft) createDraft.value = emptyDraft;
    if (isShown.current) go({ page: "agent", id: answer.agentId });
  };
  const change = (changes: Partial<CreateDraft>) => {
    createDraft.value = { ...draft, ...changes };
  };
  const parts = { draft, change, errors, types };
  return (
    <Modal title="Create agent" onClose={leave}>
      <form noValidate onSubmit={(event) => void submit(event)}>
        <Names {...parts} />
        <Settings {...parts} />
        {refusal !== null && (
          <div role="alert">
            <ErrorBox
              title={refusal.isUnanswered === true ? "No answer" : "Not created"}
              error={refusal.error}
            />
          </div>
        )}
        <ModalFoot submit={isBusy ? "Creating…" : "Create agent"} isBusy={isBusy} />
      </form>
    </Modal>
  );
}

/** True until the form is closed. */
function useIsShown(): RefObject<boolean> {
  const isShown = useRef(true);
  useEffect(
    () => () => {
      isShown.current = false;
    },
    [],
  );
  return isShown;
}

/** The server's types or, if it lists none, the types of the known agents. */
function useTypes(): readonly AgentType[] {
  const listed = useAgentTypes();
  return useMemo(() => {
    if (listed.length > 0) return listed;
    const names = [...new Set([TYPE_DEFAULT, ...fleet.value.types()])];
    return names.map((name) => ({
      name,
      config_schema: null,
      guidance_schema: null,
      interval_ms: null,
    }));
  }, [listed]);
}

function leave(): void {
  go({ page: "agents" });
}

type Errors = Partial<Record<keyof CreateDraft, string>>;

interface PartProps {
  readonly draft: CreateDraft;
  readonly change: (changes: Partial<CreateDraft>) => void;
  readonly errors: Errors;
  readonly types: readonly AgentType[];
}

function Names({ draft, change, errors, types }: PartProps) {
  return (
    <>
      <Field id="subject" name="Subject" hint="Topic (optional)">
        <input
          {...control("subject", errors)}
          autofocus
          maxLength={2_000}
          value={draft.subject}
          onInput={(event) => change({ subject: event.currentTarget.value })}
        />
      </Field>
      <div class="field-pair">
        <Field id="type" name="Type" hint="What the agent does" error={errors.type ?? null}>
          <select
            {...control("type", errors)}
            value={draft.type}
            onChange={(event) => change({ type: event.currentTarget.value })}
          >
            {types.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </Field>
        <Field id="id" name="Id" hint="Optional; generated if empty" error={errors.id ?? null}>
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

function Settings({ draft, change, errors, types }: PartProps) {
  const { interval, config } = draft;
  const type = types.find(({ name }) => name === draft.type);
  return (
    <>
      <Field
        id="interval"
        name="Interval"
        hint={`Seconds from the start of one step to the next; if empty, ${usualInterval(type)}`}
        error={errors.interval ?? null}
      >
        <input
          {...control("interval", errors)}
          inputMode="decimal"
          value={interval}
          onInput={(event) => change({ interval: event.currentTarget.value })}
        />
      </Field>
      <Field id="config" name="Config" hint={configHint(type)} error={errors.config ?? null}>
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

function control(id: keyof CreateDraft, errors: Errors) {
  const isWrong = errors[id] !== undefined;
  return { id, class: "input", "aria-describedby": noteIdOf(id), "aria-invalid": isWrong };
}

function usualInterval(type: AgentType | undefined): string {
  const ms = type?.interval_ms ?? null;
  return ms === null ? "the type's default" : String(ms / 1_000);
}

function configHint(type: AgentType | undefined): string {
  const known = describeProperties(type?.config_schema ?? {});
  return known.length === 0 ? "A JSON object for its type" : `A JSON object: ${known.join(", ")}`;
}

function errorsOf(draft: CreateDraft, type: AgentType | undefined): Errors {
  const config = readJsonObject(draft.config);
  const read = {
    id: readAgentId(draft.id),
    interval: readInterval(draft.interval),
    config,
  };
  const errors: Errors = draft.type.trim() === "" ? { type: "required" } : {};
  const alive = findAlive(draft.id.trim());
  if (alive !== undefined) errors.id = `${alive.id} exists and is ${alive.status}`;
  for (const [name, found] of Object.entries(read)) {
    if (!found.isOk) errors[name as keyof CreateDraft] = found.error;
  }
  const schema = type?.config_schema ?? null;
  if (!config.isOk || schema === null) return errors;
  const fault = findConfigFault(schema, withoutCommon(config.value));
  return fault === null ? errors : { ...errors, config: fault };
}

/** An agent that has ended can be created again: it starts and continues. */
function findAlive(id: string): AgentPicture | undefined {
  const known = fleet.value.find(id);
  return known !== undefined && isAlive(known.status) ? known : undefined;
}

/** Settings of every agent, which are in no type's schema. */
function withoutCommon(config: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(config).filter(([name]) => !commonSettings.has(name)));
}

const commonSettings = new Set(["interval_ms", "initial_subject", "unresponsive_timeout_ms"]);

/** Null if something is wrong. */
function requestOf(draft: CreateDraft): CreateRequest | null {
  const id = readAgentId(draft.id);
  const interval = readInterval(draft.interval);
  const config = readJsonObject(draft.config);
  const type = draft.type.trim();
  if (!id.isOk || !interval.isOk || !config.isOk || type === "") return null;
  const subject = draft.subject.trim();
  return {
    agent_type: type,
    agent_id: id.value,
    initial_subject: subject === "" ? undefined : subject,
    config:
      interval.value === undefined
        ? config.value
        : { ...config.value, interval_ms: interval.value },
  };
}

function focusFirst(form: HTMLFormElement, errors: Errors): void {
  const [first] = Object.keys(errors);
  if (first !== undefined) form.querySelector<HTMLElement>(`#${first}`)?.focus();
}
