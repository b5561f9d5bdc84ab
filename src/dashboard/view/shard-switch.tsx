/** Which shard this page shows, and the way to the pages of the others. */

import { about } from "../page-store.ts";
import { elsewhere, shardPages } from "../state/shards.ts";

/** Part of the list of the page's places. */
export function ShardSwitch() {
  const shard = about.value?.shard;
  if (shard == null) return null;
  const { index, count, addresses } = shard;
  return (
    <>
      <dt>Shard</dt>
      <dd class="place-shard">
        {addresses === null ? (
          `${index} of ${count}`
        ) : (
          <select aria-label="Shard; another one opens its page" onChange={open}>
            {shardPages(shard, "").map((page) => (
              <option key={page.index} value={page.index} selected={page.index === index}>
                {page.index} of {count}
              </option>
            ))}
          </select>
        )}
      </dd>
    </>
  );
}

function open({ currentTarget }: { readonly currentTarget: HTMLSelectElement }): void {
  const shard = about.value?.shard;
  if (shard == null) return;
  const url = shardPages(shard, location.hash)[Number(currentTarget.value)]?.url;
  // The Back button returns to this page, which still shows this shard.
  currentTarget.value = String(shard.index);
  if (url !== undefined) location.assign(url);
}

/** Where an agent is whose id belongs to another shard. */
export function ElsewhereNote({ agentId }: { readonly agentId: string }) {
  const page = elsewhere(about.value?.shard, agentId);
  if (page === undefined) return null;
  return (
    <p>
      An agent with the id {agentId} is in shard {page.index} of {about.value?.shard?.count}
      {page.url === undefined ? (
        "."
      ) : (
        <>
          : <a href={page.url}>open it there</a>
        </>
      )}
    </p>
  );
}
