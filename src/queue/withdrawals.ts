/**
 * Withdrawals: an action that has not started can be ended as `cancelled`. While a withdrawal holds an
 * action, the dispatcher cannot take it, so exactly one of the two gets it.
 *
 * The commit with `cancelled` is the withdrawal. Rejected: a compare-and-set on the table alone, which
 * the dispatcher would have to check again before each handler.
 */

import { waitAtMost } from "../deadline.ts";
import type { ActionRow } from "../model/action.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import { unknownAction } from "../model/fleet-errors.ts";
import { excerpt } from "../model/ids.ts";
import { actionBegun } from "../model/withdrawal.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import type { Completer } from "./completer.ts";
import type { Lanes } from "./lanes.ts";
import type { OpenAction, OpenActions } from "./open-actions.ts";
import { compareAge } from "./order.ts";
import type { Poller } from "./poller.ts";

/** Milliseconds that a caller waits for the commit; after that it is still made. */
const STORE_WAIT_MS = 10_000;

export interface WithdrawalOptions {
  readonly table: QueueTable;
  readonly lanes: Lanes<ActionRow>;
  readonly open: OpenActions;
  readonly completer: Completer;
  readonly poller: Poller;
  /** True if the action has already had its effect, which its row may not show yet. */
  readonly hasEffect: (agentId: string, actionId: string) => Promise<boolean>;
  /** Called when an action that was held may be taken again. */
  readonly onGivenBack: () => void;
}

/** An action that the dispatcher cannot take. */
interface Held {
  readonly action: OpenAction;
  readonly giveBack: () => void;
}

export class Withdrawals {
  readonly #options: WithdrawalOptions;
  /** By action id. */
  readonly #underWay = new Map<string, Promise<ActionRow>>();
  #isEnding = false;

  constructor(options: WithdrawalOptions) {
    this.#options = options;
  }

  /**
   * Ends the action before it begins; resolves with its row once that is stored, or with the row of an
   * earlier withdrawal.
   * @throws {TroupeError} `ACTION_NOT_FOUND`, `ACTION_BEGUN`, `STORE_UNAVAILABLE`.
   */
  async withdraw(id: string, why: ErrorData): Promise<ActionRow> {
    const under = this.#underWay.get(id) ?? this.#begin(id, why);
    const row = await waitAtMost(under, STORE_WAIT_MS);
    if (row !== undefined) return row;
    const message = `the withdrawal of ${excerpt(id)} is not stored yet; it will be`;
    throw new TroupeError("STORE_UNAVAILABLE", message);
  }

  /**
   * Ends the agent's actions that wait for a later time and its waiting creates, if they are older than
   * this `agent_destroy`. Resolves with their rows.
   */
  async endOlder(destroy: ActionRow, agentId: string): Promise<readonly ActionRow[]> {
    const { table, open } = this.#options;
    const why = endedBy(destroy);
    for (const action of open.unackedOf(agentId)) action.unwanted = why;
    const ended: ActionRow[] = [];
    for (let isMore = true; isMore; ) {
      const waiting = await table.waiting.find(agentId);
      const older = waiting.keys.filter(
        (key) => key.id !== destroy.id && compareAge(key, destroy) < 0,
      );
      const tried = await Promise.all(older.map(({ id }) => this.#tryToEnd(id, why)));
      const withdrawn = tried.filter((row) => row !== undefined);
      ended.push(...withdrawn);
      isMore = waiting.isCut && withdrawn.length > 0;
    }
    return ended;
  }

  /** From now on nothing is withdrawn, except actions that the completer has already. */
  end(): void {
    this.#isEnding = true;
  }

  /** Call it after the completer has drained: resolves once all withdrawals under way have ended. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }

  #begin(id: string, why: ErrorData): Promise<ActionRow> {
    const under = this.#withdraw(id, why).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, under);
    under.catch(() => undefined); // the caller may have given up
    return under;
  }

  async #withdraw(id: string, why: ErrorData): Promise<ActionRow> {
    const held = await this.#hold(id);
    if (!("giveBack" in held)) return held;
    const { action, giveBack } = held;
    let hasEffect: boolean;
    try {
      hasEffect = await this.#options.hasEffect(action.lane, id);
    } catch (error) {
      giveBack();
      throw error;
    }
    if (hasEffect || this.#isEnding) {
      giveBack();
      throw hasEffect ? actionBegun(action.row) : endsNow();
    }
    return await this.#options.completer.withdraw(action, why);
  }

  /** Resolves with its row if it was withdrawn before. */
  async #hold(id: string): Promise<Held | ActionRow> {
    const { lanes, open, onGivenBack } = this.#options;
    const action = open.find(id);
    if (action === undefined) {
      if (open.isJournaled(id)) return await this.#findWithdrawn(id);
      return await this.#holdInTable(id);
    }
    if (action.state === "postponing") {
      await open.whenStored(action);
      return await this.#hold(id);
    }
    if (action.state !== "waiting" || action.isRepeated) throw actionBegun(action.row);
    lanes.remove(action);
    open.move(action, "hold");
    const giveBack = () => {
      open.move(action, "give_back");
      lanes.add(action);
      onGivenBack();
    };
    return { action, giveBack };
  }

  /** An action that has ended. */
  async #findWithdrawn(id: string): Promise<ActionRow> {
    const row = await this.#options.table.find(id);
    if (row === undefined) throw unknownAction(id);
    if (row.outcome !== "cancelled") throw actionBegun(row);
    return row;
  }

  /** A row that waits in the table. From here on no poll takes it. */
  async #holdInTable(id: string): Promise<Held | ActionRow> {
    const { table, open, poller } = this.#options;
    const giveBack = () => {
      open.forget(id);
      poller.pollSoon(); // the last poll may have passed over it
    };
    open.seek(id);
    const row = await table.find(id).catch((error: unknown) => {
      giveBack();
      throw error;
    });
    if (row === undefined) {
      giveBack();
      throw unknownAction(id);
    }
    if (!row.processed) return { action: open.foundRow(row), giveBack };
    open.store(id, poller.poll); // a poll that has started may have read the old row
    if (row.outcome !== "cancelled") throw actionBegun(row);
    return row;
  }

  /** Undefined if something else has ended it. */
  async #tryToEnd(id: string, why: ErrorData): Promise<ActionRow | undefined> {
    try {
      const row = await (this.#underWay.get(id) ?? this.#begin(id, why));
      return row.error?.message === why.message ? row : undefined;
    } catch (error) {
      if (error instanceof TroupeError && error.code !== "STORE_UNAVAILABLE") return undefined;
      throw error;
    }
  }
}

function endsNow(): TroupeError {
  return new TroupeError(
    "STORE_UNAVAILABLE",
    "the process is ending; nothing can be withdrawn now",
  );
}

function endedBy({ action, id, created_at }: ActionRow): ErrorData {
  const message = `${action} ${id} ended what was queued for the agent before it`;
  return { code: "ACTION_WITHDRAWN", message, details: { action_id: id }, at: created_at };
}
