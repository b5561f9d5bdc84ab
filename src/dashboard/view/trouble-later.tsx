/** The page of what needs attention, loaded when it is first opened. */

import { LazyPart } from "./lazy-part.tsx";

const load = async () => (await import("./trouble-page.tsx")).TroublePage;

export function TroubleLater() {
  return (
    <main class="main main-queue">
      <LazyPart
        load={load}
        props={{}}
        loading={<p class="empty">Loading…</p>}
        failed={<p class="empty">This page could not be loaded; reload it.</p>}
      />
    </main>
  );
}
