/** The figures of several shards as those of one fleet. Pure. */

import type { DatabaseView, TableStats } from "../../model/agent-view.ts";
import { defined } from "../../model/defined.ts";
import type { FleetStats } from "../../model/event.ts";
import { compareFigures, sumSpans } from "../../model/usage-sums.ts";
import type { UsageCounts } from "../../model/usage-view.ts";

type Journal = NonNullable<DatabaseView["journal"]>;
/** A shard may still have an older server, which does not know what its agents spend. */
type OlderStats = Partial<Pick<FleetStats, "usage">>;

/** @param databases at least one */
export function sumDatabases(location: string, databases: readonly DatabaseView[]): DatabaseView {
  const names = new Set(databases.flatMap(({ tables }) => Object.keys(tables)));
  const tables = [...names].map((name) => {
    const stats = databases.flatMap(
      ({ tables: one }) => (one as Readonly<Record<string, TableStats>>)[name] ?? [],
    );
    return [name, sumTables(stats)];
  });
  const journals = databases.flatMap(({ journal }) => journal ?? []);
  const journal = journals.length === 0 ? undefined : sumJournals(journals);
  return {
    location,
    tables: Object.fromEntries(tables) as DatabaseView["tables"],
    ...defined({ journal }),
  };
}

function sumJournals(journals: readonly Journal[]): Journal {
  const greatest = (name: "oldest_ms" | "sync_ms") => Math.max(...journals.map((one) => one[name]));
  const [oldest_ms, sync_ms] = [greatest("oldest_ms"), greatest("sync_ms")];
  return { ...addCounts(journals), oldest_ms, sync_ms };
}

/** A size or a time that one of them does not know is not known. */
function sumTables(tables: readonly TableStats[]): TableStats {
  const known = <K extends "disk_bytes" | "compacted_at">(name: K) => {
    const values = tables.flatMap((table) => table[name] ?? []);
    return values.length === tables.length ? values : undefined;
  };
  const [bytes, times] = [known("disk_bytes"), known("compacted_at")];
  const counts = tables.map(({ disk_bytes: _, compacted_at: _at, ...rest }) => rest);
  return {
    ...addCounts(counts),
    disk_bytes: bytes === undefined ? null : bytes.reduce((sum, one) => sum + one, 0),
    compacted_at: times === undefined ? null : Math.min(...times),
  };
}

/**
 * Counts are added; the store is healthy if all are; of the delays of event loops the longest counts.
 * @param stats at least one
 * @param knownMs for how long these very shards have been counted; the sum's uptime is not longer, because
 * rates are computed over it
 */
export function sumStats(stats: readonly FleetStats[], knownMs: number): FleetStats {
  const counts = stats.map(({ store: _, process: _process, usage: _usage, ...rest }) => rest);
  const processes = stats.map((one) => one.process);
  const failing = stats.map(({ store }) => store).find(({ is_healthy }) => !is_healthy);
  return {
    ...addCounts(counts),
    usage: sumUsage(stats.flatMap((one: OlderStats) => one.usage ?? [])),
    store: failing ?? { is_healthy: true, failing_since: null, error: null },
    process: {
      ...addCounts(processes),
      uptime_ms: Math.max(
        0,
        Math.round(Math.min(knownMs, ...processes.map((one) => one.uptime_ms))),
      ),
      event_loop_delay_ms: Math.max(...processes.map((one) => one.event_loop_delay_ms)),
    },
  };
}

/** No agent is in two shards. */
function sumUsage(all: readonly UsageCounts[]): UsageCounts {
  const tops = all.flatMap(({ top }) => top ?? []);
  const [top = null] = tops.sort((one, other) => compareFigures(one.day, other.day));
  return { ...sumSpans(all), top };
}

/** Numbers at the same places are added. */
function addCounts<T extends object>(all: readonly T[]): T {
  const names = new Set(all.flatMap((one) => Object.keys(one)));
  const sums = [...names].map((name) => {
    const values = all.flatMap((one) => (one as Readonly<Record<string, unknown>>)[name] ?? []);
    const isNumber = values.every((value) => typeof value === "number");
    return [
      name,
      isNumber
        ? values.reduce<number>((sum, one) => sum + Number(one), 0)
        : addCounts(values as object[]),
    ];
  });
  return Object.fromEntries(sums) as T;
}
