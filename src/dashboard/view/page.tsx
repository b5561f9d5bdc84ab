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
import { NeedsLine } from "./needs-line.tsx";
import { PaletteLater } from "./palette-later.tsx";
import { QueuePage } from "./queue-page.tsx";
import { ReceiptTray } from "./receipt-tray.tsx";
import { ReceiptsDialog } from "./receipts-dialog.tsx";
import { ResolveLater } from "./step-trace-later.tsx";
import { TimelineLater } from "./timeline-later.tsx";
import { TroubleLater } from "./trouble-later.tsx";

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
  if (value.page === "timeline") return <TimelineLater />;
  if (value.page === "trouble") return <TroubleLater />;
  const isAgent = value.page === "agent";
  return (
    <main class={isAgent ? "main main-split" : "main"}>
      <section class="pane list-pane" aria-label="Agents">
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
      return <ResolveLater effect={opened.effect} />;
    case "palette":
      return <PaletteLater text={opened.text} marked={opened.marked} />;
    case "receipts":
      return <ReceiptsDialog />;
    case "help":
      return <HelpDialog />;
    case undefined:
      return null;
  }
}
