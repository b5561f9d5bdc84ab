/** A look inside the agent's thread, also if it hangs: stack, profiles, heap, mailbox. */

import { useState } from "preact/hooks";
import type { Guidance } from "../../model/agent.ts";
import type { HeapSummary, InsideAnswers, Stack, StackFrame } from "../../model/agent-inside.ts";
import type { ErrorData } from "../../model/error-data.ts";
import { bytesText, countText, percentText, plural } from "../../picture/number-text.ts";
import { errorDataOf, getJson } from "../link/api.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { Button } from "./button.tsx";
import { ErrorBox } from "./error-box.tsx";
import { JsonBox } from "./json-box.tsx";
import { Ago } from "./marks.tsx";
import { PlainTable } from "./plain-table.tsx";
import { ProfilePanel } from "./profile-panel.tsx";

export function InsideTab({ view, watch }: AgentPartProps) {
  const { agent_id: id } = view;
  const isSilent = watch.live.value?.unresponsive_since != null;
  return (
    <>
      {watch.live.value === null && (
        <p class="empty-line">
          The agent has no thread now. An agent without work gives its thread back, and gets a new
          one for its next step.
        </p>
      )}
      <Looking
        id={id}
        title="Stack"
        hint={isSilent ? "The thread hangs. Reading its stack does not stop it." : STACK_HINT}
        verb="Show the stack"
        what="stack"
        show={(stack) => <StackView stack={stack} />}
      />
      <ProfilePanel id={id} />
      <Looking
        id={id}
        title="Heap"
        hint="Counting stops the thread for about 10 ms per MiB."
        verb="Count the objects"
        what="heap-summary"
        show={(summary) => <HeapTable summary={summary} />}
      />
      <MailboxPanel guidance={view.pending_guidance} />
    </>
  );
}

const STACK_HINT = "The calls that the thread is in now. It continues meanwhile.";

interface LookingProps<W extends keyof InsideAnswers> {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly verb: string;
  readonly what: W;
  readonly show: (answer: InsideAnswers[W]) => preact.JSX.Element;
}

/** A question with a button, and its last answer. */
function Looking<W extends keyof InsideAnswers>(props: LookingProps<W>) {
  const { id, title, hint, verb, what, show } = props;
  const [answer, setAnswer] = useState<InsideAnswers[W] | null>(null);
  const [error, setError] = useState<ErrorData | null>(null);
  const [isAsking, setAsking] = useState(false);
  const ask = async () => {
    if (isAsking) return;
    setAsking(true);
    setError(null);
    try {
      setAnswer(await getJson<InsideAnswers[W]>(`/api/agents/${encodeURIComponent(id)}/${what}`));
    } catch (thrown) {
      setError(errorDataOf(thrown));
    }
    setAsking(false);
  };
  return (
    <section class="panel" aria-label={title}>
      <div class="inside-head">
        <h2>{title}</h2>
        <Button aria-disabled={isAsking} onClick={() => void ask()}>
          {verb}
        </Button>
        <span class="faint" aria-live="polite">
          {isAsking ? "Waiting for the thread…" : hint}
        </span>
      </div>
      {error !== null && <ErrorBox error={error} />}
      {answer !== null && show(answer)}
    </section>
  );
}

function StackView({ stack: { frames, phase, iteration, at } }: { readonly stack: Stack }) {
  const place = phase === "step" ? `in step ${iteration}` : phase;
  return (
    <>
      <p class="inside-note">
        <Ago time={at} isPhrase />, {place}
        {frames.length === 0 && ": the thread runs no JavaScript, it waits for an event"}
      </p>
      {frames.length > 0 && <FrameList frames={frames} />}
    </>
  );
}

function HeapTable({ summary }: { readonly summary: HeapSummary }) {
  const { items, total_bytes, total_count } = summary;
  return (
    <PlainTable
      class="heap-table"
      caption={`${countText(total_count)} objects, ${bytesText(total_bytes)}`}
      columns={["Constructor", "Objects", "Size", "Share"]}
      rows={items.map(({ constructor: name, count, bytes }) => [
        name,
        countText(count),
        bytesText(bytes),
        percentText(bytes / total_bytes),
      ])}
    />
  );
}

function MailboxPanel({ guidance }: { readonly guidance: readonly Guidance[] }) {
  return (
    <section class="panel" aria-label="Mailbox">
      <h2>
        Mailbox <span class="panel-value">guidance that no step has used yet</span>
      </h2>
      {guidance.length === 0 && <p class="empty-line">Empty.</p>}
      <ol>
        {guidance.map(({ action_id: id, at, guidance: content }) => (
          <li key={id} class="mail">
            <span class="faint">
              <Ago time={at} isPhrase />
            </span>
            <JsonBox title={JSON.stringify(content).slice(0, 80)} value={content} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The calls of a stack; those of Troupe and of Node are folded. */
function FrameList({ frames }: { readonly frames: readonly StackFrame[] }) {
  const own = frames.filter(({ owner }) => owner === "agent");
  const others = frames.length - own.length;
  return (
    <>
      {own.length === 0 ? (
        <p class="inside-note">No call of the agent's own code.</p>
      ) : (
        <Frames frames={own} />
      )}
      {others > 0 && (
        <details class="fold">
          <summary>All {plural(frames.length, "call")}, those of Troupe and of Node too</summary>
          <Frames frames={frames} />
        </details>
      )}
    </>
  );
}

function Frames({ frames }: { readonly frames: readonly StackFrame[] }) {
  return (
    <ol class="frames">
      {frames.map((frame, n) => (
        <li key={n} class="frame" data-owner={frame.owner}>
          <strong>{frame.function === "" ? "(anonymous)" : frame.function}</strong>{" "}
          <code>
            {frame.file}:{frame.line}:{frame.column}
          </code>
        </li>
      ))}
    </ol>
  );
}
