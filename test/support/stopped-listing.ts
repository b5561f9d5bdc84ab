/** Stops a process at a moment between two of its requests, while it makes a table on an object store. */

/** A store, or a proxy in front of one. */
export interface Listed {
  /** Called with the keys' prefix before a listing is made, which waits for the promise. */
  onList: (prefix: string) => Promise<void> | undefined;
}

interface StoppedListing {
  /** Resolves once a process waits. */
  readonly waits: Promise<void>;
  readonly continue: () => void;
}

/** LanceDB's last listing before it makes a table: one of Troupe's comes before its two. */
export const LAST_LISTING = 3;

/** Stops whoever makes the n-th listing of a table's versions. */
export function stopAt(listed: Listed, table: string, listing: number): StoppedListing {
  const stopped = Promise.withResolvers<void>();
  const continued = Promise.withResolvers<void>();
  let listings = 0;
  listed.onList = (prefix) => {
    if (!prefix.includes(`${table}.lance/_versions`)) return undefined;
    listings += 1;
    if (listings !== listing) return undefined;
    stopped.resolve();
    return continued.promise;
  };
  return { waits: stopped.promise, continue: continued.resolve };
}
