/** What is shown at an address that no page has. */

import { useEffect, useRef } from "preact/hooks";
import { hashOf } from "../state/route.ts";

export function UnknownPage({ address }: { readonly address: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [address]);
  return (
    <section class="pane" aria-labelledby="unknown-title">
      <div class="pane-head">
        <h1 id="unknown-title" ref={heading} tabIndex={-1}>
          There is no such page
        </h1>
      </div>
      <div class="empty">
        <p>
          Nothing is at <code>#{address}</code>. Go to the{" "}
          <a href={hashOf({ page: "agents" })}>list of agents</a>.
        </p>
      </div>
    </section>
  );
}
