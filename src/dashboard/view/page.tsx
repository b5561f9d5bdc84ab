/** The whole page: header, the connection, the current page, dialogs and receipts. */

import { dialog } from "../dialogs.ts";
import { route } from "../page-store.ts";
import { ActivityFeed } from "./activity-feed.tsx";
import { AgentTable } from "./agent-grid.tsx";
import { AgentPage } from "./agent-page.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { ConnectionAlert } from "./connection-alert.tsx";
import { CreateDialog } from "./create-dialog.tsx";
import { DestroyDialog } from "./destroy-dialog.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { FleetFigures } from "./fleet-figures.tsx";
import { Header } from "./header.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { InterruptDialog } from "./interrupt-dialog.tsx";
import { lazily, lazyDialog } from "./lazy-part.tsx";
import { NeedsLine } from "./needs-line.tsx";
import { PageHeading } from "./page-heading.tsx";
import { QueuePage } from "./queue-page.tsx";
import { ReceiptsDialog, ReceiptTray } from "./receipt-tray.tsx";
import { UnknownPage } from "./unknown-page.tsx";

const loadTimeline = async () => (await import("./timeline/timeline-page.tsx")).TimelinePage;
const loadTrouble = async () => (await import("./trouble-page.tsx")).TroublePage;
const loadPalette = async () => (await import("./palette.tsx")).Palette;
const loadResolve = async () => (await import("./resolve-dialog.tsx")).ResolveDialog;

const TimelinePage = lazily(loadTimeline, "empty");
const TroublePage = lazily(loadTrouble, "empty");
const Palette = lazyDialog(loadPalette, "Commands");
const ResolveDialog = lazyDialog(loadResolve, "Resolve");

export function Page() {
  return (
    <>
      <Header />
      <FleetFigures />
      <ConnectionAlert />
      <Main />
      <Dialogs />
      <ReceiptTray />
    </>
  );
}

function Main() {
  const { value } = route;
  if (value.page === "queue") return <QueuePage />;
  if (value.page === "timeline") {
    return (
      <main class="main main-timeline">
        <TimelinePage />
      </main>
    );
  }
  if (value.page === "trouble") {
    return (
      <main class="main main-queue">
        <TroublePage />
      </main>
    );
  }
  if (value.page === "unknown") {
    return (
      <main class="main main-queue">
        <UnknownPage address={value.address} />
      </main>
    );
  }
  const isAgent = value.page === "agent";
  return (
    <main class={isAgent ? "main main-split" : "main"}>
      <section class="pane list-pane" aria-label="Agents">
        {!isAgent && <PageHeading isHidden>Agents</PageHeading>}
        <NeedsLine />
        <FilterBar />
        <AgentTable />
        <BulkBar />
      </section>
      {isAgent ? <AgentPage key={value.id} id={value.id} /> : <ActivityFeed />}
    </main>
  );
}

function Dialogs() {
  const opened = dialog.value;
  if (route.value.page === "create") return <CreateDialog />;
  switch (opened?.kind) {
    case "interrupt":
      return <InterruptDialog ids={opened.ids} />;
    case "destroy":
      return <DestroyDialog ids={opened.ids} reason={opened.reason ?? ""} />;
    case "resolve":
      return <ResolveDialog effect={opened.effect} />;
    case "palette":
      return <Palette text={opened.text} keys={opened.keys ?? []} marked={opened.marked} />;
    case "receipts":
      return <ReceiptsDialog />;
    case "help":
      return <HelpDialog />;
    case undefined:
      return null;
  }
}
