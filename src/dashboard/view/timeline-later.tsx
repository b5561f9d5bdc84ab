/** The timeline, whose code is loaded when it is first shown. */

import { LazyPart } from "./lazy-part.tsx";

const loadTimeline = async () => (await import("./timeline/timeline-page.tsx")).TimelinePage;

export function TimelineLater() {
  return (
    <main class="main main-timeline">
      <LazyPart
        load={loadTimeline}
        props={{}}
        loading={<p class="empty">Loading the timeline…</p>}
        failed={<p class="empty">This part of the page could not be loaded; reload the page.</p>}
      />
    </main>
  );
}
