/** The state of the page as signals: written by the link to the server, read by the views. */

import { batch, computed, signal } from "@preact/signals";
import type { ActionView, About as FleetFacts, ListedAgent } from "../model/agent-view.ts";
import type { EventType, FleetStats } from "../model/event.ts";
import type { Glance } from "../model/glance.ts";
import { FleetPicture } from "../picture/fleet-picture.ts";
import { listQueryDefault } from "../picture/list-query.ts";
import { StatsHistory } from "../picture/stats-history.ts";
import { causesOf } from "../picture/trouble-causes.ts";
import { errorDataOf, getJson } from "./link/api.ts";
import { FleetSync, type StampedEvent } from "./link/fleet-sync.ts";
import { findNewerPage } from "./link/newer-page.ts";
import type { StreamState } from "./link/socket-stream.ts";
import { timeNow } from "./server-time.ts";
import { ActionList } from "./state/action-rows.ts";
import { Activity } from "./state/activity.ts";
import { selectAgents, toRows } from "./state/agent-rows.ts";
import { type HeldOrder, holdOrder, inHeldOrder } from "./state/held-order.ts";
import { Receipts } from "./state/receipts.ts";
import type { Route } from "./state/route.ts";
import { nothingSelected } from "./state/selection.ts";
import { timelineViewDefault } from "./state/timeline-view.ts";

/** Past actions that the feed starts with. */
const ACTIONS_READ = 50;

/** Facts about the server that no event contains. */
type About = Pick<FleetFacts, "model" | "database" | "shard">;

/** These change in place; views follow the version of each. */
export const activity = new Activity();
export const actions = new ActionList();
export const receipts = new Receipts();
export const statsHistory = new StatsHistory();

export const fleet = signal(new FleetPicture());
export const fleetVersion = signal(0);
export const activityVersion = signal(0);
export const actionsVersion = signal(0);
export const receiptsVersion = signal(0);
export const stats = signal<FleetStats | undefined>(undefined);

export const connection = signal<StreamState>("connecting");
/** Why the page shows an old state; null while it is current. */
export const staleReason = computed(() => {
  const { value } = connection;
  return value === "lost" || value === "refused" ? value : null;
});
/** The build of this page that the server has, if it is a newer one. */
const newerPage = signal<string | null>(null);
/** The build whose notice was closed: only another one is reported again. */
const dismissedPage = signal<string | null>(null);
export const isOutdated = computed(
  () => newerPage.value !== null && newerPage.value !== dismissedPage.value,
);

export function dismissOutdated(): void {
  dismissedPage.value = newerPage.peek();
}

/** True after everything was read for the first time. */
export const isLoaded = signal(false);
/** Why reading everything failed. */
export const readError = signal<string | null>(null);
export const about = signal<About | null>(null);
/** The server's time, updated each second: ages such as "12 s" are computed from it. */
export const now = signal(timeNow());

export const route = signal<Route>({ page: "agents" });
export const query = signal(listQueryDefault);
export const timelineView = signal(timelineViewDefault);
/** The step that is shown first on the agent's page, by its number. */
export const openedStep = signal<number | null>(null);
export const selection = signal(nothingSelected);
/** The agent of the active line, which keys move. */
export const activeId = signal<string | null>(null);
/** Grows when that line must be scrolled into view. */
export const activeSought = signal(0);

/** The order while the pointer is on the list; null otherwise. */
const held = signal<HeldOrder | null>(null);
export const isHeld = computed(() => held.value !== null);

export const listed = computed(() => {
  fleetVersion.value;
  const found = selectAgents(fleet.value.agents, query.value, timeNow());
  const order = held.value;
  // The query has changed meanwhile, and each query has its own order.
  if (order?.query !== query.value) return found;
  return inHeldOrder(order, found, (id) => fleet.value.find(id));
});
export const rows = computed(() => {
  const statuses = held.value?.query === query.value ? held.value.statuses : undefined;
  return toRows(
    listed.value,
    query.value.isGrouped,
    ({ id, status }) => statuses?.get(id) ?? status,
  );
});
/** Index of the active line; -1 if its agent is not listed. */
export const activeAt = computed(() =>
  rows.value.findIndex((row) => row.kind === "agent" && row.id === activeId.value),
);

/** Agents keep their places until {@link releaseOrder} or until the query changes. */
export function keepOrder(): void {
  if (held.peek()?.query === query.peek()) return;
  held.value = holdOrder(query.peek(), listed.peek());
}

export function releaseOrder(): void {
  held.value = null;
}

/** What needs attention, by cause. */
export const causes = computed(() => {
  fleetVersion.value;
  return causesOf(fleet.value.agents, stats.value?.store, now.value);
});

/** Selected agents that still exist. */
export const selectedIds = computed(() => {
  fleetVersion.value;
  return [...selection.value.ids].filter((id) => fleet.value.find(id) !== undefined);
});

type EventListener = (stamped: StampedEvent) => void;
const listeners = new Set<EventListener>();

/** Calls `listener` with every event after the fleet has taken it, until disposed. */
export function listen(listener: EventListener): Disposable {
  listeners.add(listener);
  return { [Symbol.dispose]: () => void listeners.delete(listener) };
}

let sync: FleetSync | undefined;

/** Starts to follow the server. Called once. */
export function startStore(): void {
  sync = new FleetSync({ onFleet, onEvents, onGlance, onState, onReadFailed });
  setInterval(() => {
    now.value = timeNow();
  }, 1_000);
}

/**
 * Receives events of these types of one agent as well, until disposed.
 * @param onOpen called each time that they start to arrive: events before that are not sent
 */
export function follow(
  agentId: string,
  types: readonly EventType[],
  onOpen: () => void,
): Disposable {
  return sync?.follow(agentId, types, onOpen) ?? { [Symbol.dispose]: () => undefined };
}

type GlanceListener = (glance: Glance, since: number | undefined) => void;
const glanceListeners = new Set<GlanceListener>();

/**
 * Calls `listener` with glances that have each step since the event from which they were requested, and
 * with that event, until disposed. Some glances are left out.
 */
export function followSpans(listener: GlanceListener): Disposable {
  glanceListeners.add(listener);
  const wanted = sync?.wantSpans();
  return {
    [Symbol.dispose]: () => {
      glanceListeners.delete(listener);
      wanted?.[Symbol.dispose]();
    },
  };
}

export function reconnectNow(): void {
  sync?.retryNow();
}

export function touchReceipts(): void {
  receiptsVersion.value += 1;
}

export function touchActions(): void {
  actionsVersion.value += 1;
}

function onFleet(read: FleetPicture, views: readonly ListedAgent[]): void {
  // The server may be another one after a lost connection.
  if (isLoaded.peek()) void readVersion();
  batch(() => {
    fleet.value = read;
    fleetVersion.value += 1;
    // The server's clock is known now.
    now.value = timeNow();
    isLoaded.value = true;
    readError.value = null;
  });
  void readAbout();
  void readActivity(views);
}

function onEvents(events: readonly StampedEvent[]): void {
  const now = timeNow();
  const changed = { activity: false, actions: false, receipts: false, stats: false };
  for (const { event, epoch } of events) {
    changed.activity = activity.add(event, epoch) || changed.activity;
    changed.actions = actions.apply(event) || changed.actions;
    if (event.type === "fleet.stats") {
      statsHistory.add(event.time, event.data);
      changed.stats = true;
    }
    if (event.type === "action.processed") {
      const { id, outcome, error } = event.data;
      const end = { outcome, error, agentId: event.agent_id ?? null };
      changed.receipts = receipts.settle(id, end, now) || changed.receipts;
    }
  }
  batch(() => {
    fleetVersion.value += 1;
    if (changed.activity) activityVersion.value += 1;
    if (changed.actions) actionsVersion.value += 1;
    if (changed.receipts) receiptsVersion.value += 1;
    if (changed.stats) stats.value = statsHistory.latest;
    for (const stamped of events) for (const listener of listeners) listener(stamped);
  });
}

function onGlance(glance: Glance, since: number | undefined): void {
  batch(() => {
    fleetVersion.value += 1;
    if (activity.addSteps(glance.steps)) activityVersion.value += 1;
    for (const listener of glanceListeners) listener(glance, since);
  });
}

function onState(state: StreamState): void {
  connection.value = state;
}

function onReadFailed(error: unknown): void {
  readError.value = errorDataOf(error).message;
}

/** Reads what happened before this page was opened or while it was disconnected. */
async function readActivity(views: readonly ListedAgent[]): Promise<void> {
  try {
    const path = `/api/actions?status=processed&limit=${ACTIONS_READ}`;
    const { items } = await getJson<{ items: readonly ActionView[] }>(path);
    activity.read(items, views);
    activityVersion.value += 1;
  } catch {
    // The feed continues with events.
  }
}

async function readVersion(): Promise<void> {
  newerPage.value = await findNewerPage();
}

async function readAbout(): Promise<void> {
  try {
    about.value = await getJson<About>("/about.json");
  } catch {
    // It is read again with the next reading.
  }
}
