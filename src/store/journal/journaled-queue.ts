/**
 * The queue of the process that owns the database: actions are accepted once the journal has them,
 * and the table follows within a second. Reads cover both.
 */

import { waitAtMost, withDeadline } from "../../deadline.ts";
import { type ActionRow, laneOf } from "../../model/action.ts";
import { startingActions } from "../../model/actions/action-registry.ts";
import { TroupeError } from "../../model/errors.ts";
import type { ListPage } from "../../model/list-page.ts";
import type { StoredTable } from "../lance/stored-table.ts";
import type { Fence } from "../ownership/fence.ts";
import { type ActionQuery, listActions } from "../tables/action-pages.ts";
import type {
  DispatcherJournal,
  EndedAction,
  JournalListener,
} from "../tables/dispatcher-journal.ts";
import { type Ack, QueueTable } from "../tables/queue-table.ts";
import { RequestKeys } from "../tables/request-keys.ts";
import { type WaitingActions, WaitingLookup } from "../tables/waiting-actions.ts";
import type { ActionJournal, JournalFigures } from "./action-journal.ts";
import { JournalWriter } from "./journal-writer.ts";

/** Most milliseconds that a list or a count waits until the table has what the journal has. */
const SETTLE_MS_MAX = 2_000;

/** Most milliseconds that an append waits for the table, if it is answered only then. */
const TABLE_ACK_MS_MAX = 10_000;

function lateTable(ms: number): TroupeError {
  const text = `the queue did not store the actions within ${ms / 1_000} s; they may still be stored`;
  return new TroupeError("STORE_UNAVAILABLE", text);
}

export interface JournaledQueueOptions {
  readonly table: StoredTable<"queue">;
  readonly versionsFolder: string | undefined;
  readonly journal: ActionJournal;
  /** Rejects once another process has the database: then nothing is accepted. */
  readonly admit: Fence["admitToJournal"];
  /** True: an action is answered only once the table has it. */
  readonly acksInTable: boolean;
  /** Most milliseconds that it waits for that; by default {@link TABLE_ACK_MS_MAX}. */
  readonly tableAckMsMax?: number | undefined;
  /** Resolves once all commits to `agent_state` so far are on the disk. */
  readonly syncAgents: () => Promise<void>;
}

export class JournaledQueue extends QueueTable {
  override readonly journal: DispatcherJournal;
  override readonly requestKeys: QueueTable["requestKeys"];
  override readonly waiting: QueueTable["waiting"];
  readonly #table: StoredTable<"queue">;
  readonly #journal: ActionJournal;
  readonly #writer: JournalWriter;
  readonly #admit: Fence["admitToJournal"];
  readonly #acksInTable: boolean;
  readonly #tableAckMsMax: number;
  readonly #syncAgents: () => Promise<void>;
  readonly #syncQueue: () => Promise<void>;
  #listener: JournalListener | undefined;

  constructor(options: JournaledQueueOptions) {
    const { table, versionsFolder, journal, admit, acksInTable, syncAgents } = options;
    super(table, versionsFolder);
    this.#table = table;
    this.#syncAgents = syncAgents;
    this.#syncQueue = () => table.sync();
    this.#journal = journal;
    this.#admit = admit;
    this.#acksInTable = acksInTable;
    this.#tableAckMsMax = options.tableAckMsMax ?? TABLE_ACK_MS_MAX;
    this.#writer = new JournalWriter({
      journal,
      append: (rows, isOffered) => super.append(rows, isOffered),
      ack: (acks) => super.ack(acks),
      findAll: (ids) => super.findAll(ids),
      sync: async () => void (await Promise.all([table.sync(), syncAgents()])),
      onEndsWritten: (ids) => this.#listener?.onEndsWritten(ids),
      onRemoved: (rows) => this.#listener?.onRemoved(rows),
    });
    this.journal = {
      attach: (listener) => this.#attach(listener),
      has: (id) => journal.find(id) !== undefined,
      // With the disk of this machine, the journal may be lost: then the tables alone count.
      keepsEffect: (id) => !acksInTable && journal.find(id) !== undefined,
      leave: (ids) => this.#leave(ids),
      leaveUntilDue: (ids) => this.#leaveUntilDue(ids),
      openEffect: (id) => this.#setEffect(id, true),
      closeEffect: (id) => this.#setEffect(id, false),
    };
    const { requestKeys, waiting } = this.#overlaid(
      new RequestKeys(table),
      new WaitingLookup(table),
    );
    this.requestKeys = requestKeys;
    this.waiting = waiting;
  }

  get figures(): JournalFigures {
    return this.#journal.figures;
  }

  /** Resolves once the actions are durable: in the journal, and in the table if that is set. */
  override async append(actions: readonly ActionRow[], isOffered = false): Promise<void> {
    await this.#admit();
    if (actions.length === 0) return;
    await this.#journal.accept(actions, isOffered);
    const ms = this.#tableAckMsMax;
    if (this.#acksInTable) await withDeadline(this.#writer.settle(), ms, () => lateTable(ms));
    else this.#writer.soon(!isOffered);
  }

  override async ack(entries: readonly Ack[]): Promise<number> {
    const [ours, others] = partition(entries, ({ id }) => this.journal.has(id));
    if (ours.length > 0) await this.#journal.end(ours);
    if (ours.length > 0) this.#writer.soon();
    return ours.length + (others.length === 0 ? 0 : await this.#ackInTable(others));
  }

  /**
   * Ends of actions that the journal does not have. A power cut must not leave an end whose effect is
   * gone; nor take an end that the agent's row forgets as soon as this resolves.
   */
  async #ackInTable(entries: readonly Ack[]): Promise<number> {
    await this.#syncAgents();
    const marked = await super.ack(entries);
    await this.#syncQueue();
    return marked;
  }

  override async postpone(...[entries]: Parameters<QueueTable["postpone"]>): Promise<number> {
    // From now on the table has them, and the poller finds them when they are due.
    await this.#leave(entries.map(({ id }) => id));
    return await super.postpone(entries);
  }

  override async find(id: string): Promise<ActionRow | undefined> {
    return this.#journal.find(id)?.row ?? (await super.find(id));
  }

  override async findAll(ids: readonly string[]): Promise<ReadonlyMap<string, ActionRow>> {
    const here = ids.flatMap((id) => this.#journal.find(id)?.row ?? []);
    if (here.length === ids.length) return new Map(here.map((row) => [row.id, row]));
    const found = await super.findAll(ids);
    return new Map([...found, ...here.map((row) => [row.id, row] as const)]);
  }

  override async findProcessed(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const here = ids.filter((id) => this.#journal.find(id)?.row.processed === true);
    return new Set([...here, ...(await super.findProcessed(ids))]);
  }

  /** The table is brought up to date before it is read; if it takes no rows in time, the journal's are added. */
  override async list(options: ActionQuery = {}): Promise<ListPage<ActionRow>> {
    if (await this.#isSettled()) return await super.list(options);
    const late = [...this.#journal.unwritten].map(({ row }) => row);
    return await listActions(this.#table, options, late);
  }

  override async countPending(): Promise<number> {
    if (await this.#isSettled()) return await super.countPending();
    const changes = [...this.#journal.unwritten].map(
      ({ row, inTable }) => Number(!row.processed) - Number(inTable !== "nothing"),
    );
    return changes.reduce((sum, change) => sum + change, await super.countPending());
  }

  /** Checks whether the journal can be written. Never rejects. */
  probe(): Promise<void> {
    return this.#journal.probe();
  }

  override async close(): Promise<void> {
    await this.#writer.close();
    await super.close();
  }

  /** Resolves once the table has what the journal has, or after 2 s. */
  override async settle(): Promise<void> {
    await this.#isSettled();
  }

  /** False if the table does not have it by then. Never rejects. */
  async #isSettled(): Promise<boolean> {
    const settled = this.#writer.settle().then(
      () => true,
      () => false,
    );
    return (await waitAtMost(settled, SETTLE_MS_MAX)) === true;
  }

  #attach(listener: JournalListener): readonly EndedAction[] {
    this.#listener = listener;
    // Entries that an earlier process has left.
    if (this.#journal.size > 0) this.#writer.soon(true);
    return this.#journal.ended;
  }

  async #leave(ids: readonly string[]): Promise<void> {
    const entries = ids.flatMap((id) => this.#journal.find(id) ?? []);
    for (const entry of entries) entry.isOffered = false;
    if (entries.length > 0) await this.#writer.settle();
  }

  #leaveUntilDue(ids: readonly string[]): void {
    for (const id of ids) {
      const entry = this.#journal.find(id);
      if (entry === undefined) continue;
      entry.isOffered = false;
      entry.isDueKnown = true;
    }
    if (ids.length > 0) this.#writer.soon();
  }

  #setEffect(id: string, isOpen: boolean): void {
    const entry = this.#journal.find(id);
    if (entry !== undefined) entry.isEffectOpen = isOpen;
  }

  /** Lookups in the table, and among the entries that it lacks. */
  #overlaid(
    keys: RequestKeys,
    waiting: WaitingLookup,
  ): Pick<QueueTable, "requestKeys" | "waiting"> {
    const unwritten = (holds: (row: ActionRow) => boolean) =>
      [...this.#journal.unwritten].map(({ row }) => row).filter(holds);
    return {
      requestKeys: {
        announce: () => keys.announce(),
        find: async (key) => {
          const here = unwritten((row) => row.request_key === key);
          return withoutRepeats([...here, ...(await keys.find(key))]);
        },
      },
      waiting: {
        find: async (agentId): Promise<WaitingActions> => {
          const now = Date.now();
          const waits = (row: ActionRow) =>
            !row.processed &&
            (startingActions.includes(row.action) || (row.not_before ?? 0) > now) &&
            laneOf(row) === agentId;
          const here = unwritten(waits);
          const { keys: there, isCut } = await waiting.find(agentId);
          const ended = (id: string) => this.#journal.find(id)?.row.processed === true;
          const all = withoutRepeats([...here, ...there]).filter(({ id }) => !ended(id));
          return { keys: all, isCut };
        },
      },
    };
  }
}

function partition<T>(items: readonly T[], holds: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (holds(item) ? yes : no).push(item);
  return [yes, no];
}

function withoutRepeats<T extends { readonly id: string }>(rows: readonly T[]): readonly T[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
