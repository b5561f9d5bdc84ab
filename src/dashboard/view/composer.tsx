/** The field at the end of a transcript that sends guidance to the agent. */

import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { isAlive } from "../../model/agent.ts";
import type { AgentView } from "../../model/agent-view.ts";
import { composerId, draftOf, keepDraft, sendDraft } from "../guidance-drafts.ts";
import { type GuidanceDraft, readGuidance } from "../state/guidance-draft.ts";
import { guidanceHintOf } from "../state/guidance-hint.ts";
import { useGuidanceSchemas } from "./agent-types.ts";
import { SubmitButton } from "./button.tsx";
import { Choices } from "./choices.tsx";
import { noteIdOf } from "./field.tsx";
import { Key } from "./marks.tsx";
import { usePassedFocus } from "./passed-focus.ts";

interface ComposerProps {
  readonly id: string;
  /** Null before it was read. */
  readonly view: AgentView | null;
}

export function Composer({ id, view }: ComposerProps) {
  const hasEnded = view !== null && !isAlive(view.status);
  if (hasEnded) return <EndedComposer id={id} />;
  // An error belongs to the agent whose guidance was refused.
  return <GuidanceForm key={id} id={id} type={view?.agent_type} />;
}

/** What was typed before it ended can be copied, and is in the field again once it is started again. */
function EndedComposer({ id }: { readonly id: string }) {
  const { kind, text } = draftOf(id);
  const place = usePassedFocus<HTMLDivElement>(fieldOrHeading);
  return (
    <div class="composer composer-ended" ref={place}>
      <p>It has ended. Start it again to send guidance.</p>
      {text !== "" && (
        <textarea
          id={composerId}
          class={kind === "json" ? "input code" : "input"}
          aria-label="Guidance that was not sent"
          readOnly
          value={text}
          onKeyDown={leaveByEscape}
        />
      )}
    </div>
  );
}

/** Not the page as a whole: keys that are typed on after the agent ended would be commands. */
function fieldOrHeading(): Element | null {
  return document.getElementById(composerId) ?? headingOfAgent();
}

function headingOfAgent(): HTMLElement | null {
  return document.querySelector<HTMLElement>(".agent-head h1");
}

/** The draft stays, and the keys are the page's again. */
function leaveByEscape(event: KeyboardEvent): void {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  headingOfAgent()?.focus({ preventScroll: true });
}

interface GuidanceFormProps {
  readonly id: string;
  /** Undefined before it was read. */
  readonly type: string | undefined;
}

function GuidanceForm({ id, type }: GuidanceFormProps) {
  const draft = draftOf(id);
  const place = usePassedFocus<HTMLFormElement>(fieldOrHeading);
  const [error, setError] = useState<string | null>(null);
  const [isFocused, setFocused] = useState(false);
  const schemas = useGuidanceSchemas(isFocused || draft.kind === "json");
  const hint = guidanceHintOf(type, schemas);
  const change = (changes: Partial<GuidanceDraft>) => {
    setError(null);
    keepDraft(id, { ...draft, ...changes });
  };
  const send = async (form: HTMLFormElement) => {
    const read = readGuidance(draft, type === undefined ? [] : [type], schemas);
    setError(read.isOk ? null : read.error);
    form.querySelector("textarea")?.focus();
    if (!read.isOk) return;
    await sendDraft(id, [id], read.value);
  };
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void send(event.currentTarget);
  };
  return (
    <form
      class="composer"
      ref={place}
      noValidate
      aria-label={`Guidance for ${id}`}
      onSubmit={submit}
    >
      <GuidanceText
        draft={draft}
        change={change}
        error={error}
        placeholder={hint.placeholder}
        onFocus={() => setFocused(true)}
      />
      <Foot draft={draft} change={change} error={error} fields={hint.fields} />
    </form>
  );
}

const formats = [
  { value: "subject", text: "Subject", hint: "Text that is the topic from now on" },
  { value: "json", text: "JSON", hint: "An object that the agent's type understands" },
] as const;

const modes = [
  { value: "next", text: "Next step", hint: "Used at the next step" },
  { value: "now", text: "Now", hint: "Cancels the running model call" },
] as const;

interface FootProps {
  readonly draft: GuidanceDraft;
  readonly change: (changes: Partial<GuidanceDraft>) => void;
  readonly error: string | null;
  /** What the type's schema knows, for JSON. */
  readonly fields: string | null;
}

function Foot({ draft, change, error, fields }: FootProps) {
  return (
    <div class="composer-foot">
      <Choices
        name="Format"
        choices={formats}
        chosen={draft.kind}
        choose={(kind) => change({ kind })}
      />
      <Choices
        name="When"
        choices={modes}
        chosen={draft.mode}
        choose={(mode) => change({ mode })}
      />
      <Note draft={draft} error={error} fields={fields} />
      <SubmitButton>
        Send <Key>Ctrl Enter</Key>
      </SubmitButton>
    </div>
  );
}

interface GuidanceTextProps {
  readonly draft: GuidanceDraft;
  readonly change: (changes: Partial<GuidanceDraft>) => void;
  readonly error: string | null;
  /** For JSON. */
  readonly placeholder: string;
  readonly onFocus: () => void;
}

function GuidanceText({ draft, change, error, placeholder, onFocus }: GuidanceTextProps) {
  const { kind, text } = draft;
  const isJson = kind === "json";
  return (
    <textarea
      id={composerId}
      class={isJson ? "input code" : "input"}
      rows={2}
      aria-label={isJson ? "Guidance, a JSON object" : "New subject"}
      aria-describedby={noteIdOf(composerId)}
      aria-invalid={error !== null}
      aria-keyshortcuts="Control+Enter"
      placeholder={isJson ? placeholder : "A new subject"}
      spellcheck={!isJson}
      value={text}
      onFocus={onFocus}
      onInput={(event) => change({ text: event.currentTarget.value })}
      onKeyDown={(event) => {
        const { key, ctrlKey, metaKey, currentTarget } = event;
        if (key === "Enter" && (ctrlKey || metaKey)) {
          event.preventDefault();
          currentTarget.form?.requestSubmit();
        }
        leaveByEscape(event);
      }}
    />
  );
}

function Note({ draft: { kind, mode }, error, fields }: Omit<FootProps, "change">) {
  const format = formats.find(({ value }) => value === kind);
  const when = mode === "now" ? ". Cancels the running model call" : "";
  return (
    <span
      class="composer-note"
      data-kind={error === null ? kind : "error"}
      id={noteIdOf(composerId)}
      role={error === null ? undefined : "alert"}
    >
      {error === null ? (
        <span class="faint">
          {(kind === "json" ? fields : null) ?? format?.hint}
          {when}
        </span>
      ) : (
        <span class="field-error">{error}</span>
      )}
    </span>
  );
}
