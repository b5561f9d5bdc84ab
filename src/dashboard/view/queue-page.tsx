/** The queue: every action with its outcome, newest first, kept current by events. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { openDialog } from "../dialogs.ts";
import { errorDataOf } from "../link/api.ts";
import { QueueReader } from "../link/queue-reader.ts";
import { actions, actionsVersion } from "../page-store.ts";
import type { ActionFilter } from "../state/action-rows.ts";
import { searchActions } from "../state/action-text.ts";
import { ActionRow } from "./action-row.tsx";
import { Button } from "./button.tsx";
import { Choices } from "./choices.tsx";
import { PageHeading } from "./page-heading.tsx";
import { PassingButton } from "./passing-button.tsx";
import { ScrollPanel } from "./scroll-panel.tsx";
import { SearchField } from "./search-field.tsx";

/** Rows drawn at first; more on demand. */
const ROWS_SHOWN = 200;

const filters: readonly { readonly value: ActionFilter; readonly text: string }[] = [
  { value: "all", text: "All" },
  { value: "waiting", text: "Waiting" },
  { value: "done", text: "Done" },
  { value: "failed", text: "Failed" },
];

export function QueuePage() {
  const [filter, setFilter] = useState<ActionFilter>("all");
  const [search, setSearch] = useState("");
  const reader = useMemo(() => new QueueReader(filter), [filter]);
  useEffect(() => {
    void reader.readMore();
    return () => reader[Symbol.dispose]();
  }, [reader]);
  return (
    <main class="main main-queue">
      <section class="pane" aria-label="Queue">
        <div class="pane-head">
          <PageHeading>Queue</PageHeading>
          <SearchField
            name="Search actions"
            placeholder="Agent, action, actor, error"
            value={search}
            onSearch={setSearch}
          />
          <span class="grow" />
          <Button onClick={() => openDialog({ kind: "receipts" })}>Receipts</Button>
          <Choices name="Show actions" choices={filters} chosen={filter} choose={setFilter} />
        </div>
        <QueueTable reader={reader} filter={filter} search={search} />
      </section>
    </main>
  );
}

interface QueueTableProps {
  readonly reader: QueueReader;
  readonly filter: ActionFilter;
  readonly search: string;
}

function QueueTable({ reader, filter, search }: QueueTableProps) {
  actionsVersion.value;
  const [shownMax, setShownMax] = useState(ROWS_SHOWN);
  const body = useRef<HTMLTableSectionElement>(null);
  /** How many there were when older ones were requested. */
  const before = useRef(0);
  const read = actions.list(filter);
  const found = searchActions(read, search);
  const hasMore = found.length > shownMax || reader.hasMore.value;
  const more = () => {
    before.current = Math.min(found.length, shownMax);
    if (found.length <= shownMax + ROWS_SHOWN) void reader.readMore();
    setShownMax(shownMax + ROWS_SHOWN);
  };
  return (
    <ScrollPanel class="table-scroll" role="region" aria-label="Actions">
      <table class="queue">
        <Head />
        <tbody ref={body}>
          {found.slice(0, shownMax).map((action) => (
            <ActionRow key={action.id} action={action} reader={reader} />
          ))}
        </tbody>
      </table>
      {found.length === 0 && <QueueEmpty reader={reader} filter={filter} search={search} />}
      {hasMore && (
        <PassingButton
          class="button load-more"
          onClick={more}
          next={() => body.current?.children[before.current]}
        >
          Load older actions
        </PassingButton>
      )}
    </ScrollPanel>
  );
}

function Head() {
  return (
    <thead>
      <tr>
        <th scope="col">Outcome</th>
        <th scope="col">Action</th>
        <th scope="col">Agent</th>
        <th scope="col" class="col-actor">
          Actor
        </th>
        <th scope="col" class="number col-urgency" title="Higher is processed first">
          Urgency
        </th>
        <th scope="col" class="number col-attempts" title="Attempts that failed">
          Attempts
        </th>
        <th scope="col" class="number">
          Age
        </th>
        <th scope="col" class="number col-took">
          Duration
        </th>
      </tr>
    </thead>
  );
}

function QueueEmpty({ reader, filter, search }: QueueTableProps) {
  const failure = reader.error.value;
  if (failure !== null) return <p class="empty">{errorDataOf(failure).message}</p>;
  if (reader.isReading.value) return <p class="empty">Loading the queue…</p>;
  if (search.trim() !== "") {
    return (
      <div class="empty">
        <h2>No action matches</h2>
        <p>{reader.hasMore.value ? "Only the actions loaded so far are searched." : ""}</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>{emptyWords[filter]}</h2>
      <p>Every command is an action, whether from this page, the CLI or another program.</p>
    </div>
  );
}

const emptyWords: Readonly<Record<ActionFilter, string>> = {
  all: "No actions yet",
  waiting: "No action is waiting",
  done: "No action has succeeded yet",
  failed: "No action has failed",
};
