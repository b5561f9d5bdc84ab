/**
 * The supervisor: holds every living agent, and carries out the handlers' requests.
 * Nothing else starts or ends agents' threads.
 */

import pLimit from "p-limit";
import { type AgentRow, type Guidance, isAlive } from "../model/agent.ts";
import { toErrorData } from "../model/errors.ts";
import { unknownAgent } from "../model/fleet-errors.ts";
import type { AgentId } from "../model/ids.ts";
import type { SafeMode } from "../model/safe-mode.ts";
import { agentMaker, type MakeAgent } from "./agent-maker.ts";
import type { AgentRecord } from "./agent-record.ts";
import type { BegunStart } from "./agent-start.ts";
import { type ResolvedEffect, resolveEffect } from "./effects/effect-hold.ts";
import { notRunning } from "./failures.ts";
import { GatheredErrors } from "./gathered-errors.ts";
import type { ManagedAgent } from "./managed-agent.ts";
import { type NewAgent, newAgentRow, startedRow } from "./new-agent-row.ts";
import { type Rehydration, rehydrate } from "./rehydration.ts";
import { Roster } from "./roster.ts";
import type { Counted } from "./status-counts.ts";
import { afterRunningStep, graceMsOf } from "./stop-times.ts";
import type { SupervisorOptions, SupervisorSettings } from "./supervisor-options.ts";
import type { Ended, Storing } from "./thread/stop-ladder.ts";

/** Starts that are looked up at the same time: thousands may be requested, and main has other work too. */
const BEGUN_AT_ONCE_MAX = 32;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #roster: Roster;
  readonly #beginning = pLimit(BEGUN_AT_ONCE_MAX);
  readonly #failedStarts: GatheredErrors;
  readonly #unstored: GatheredErrors;
  readonly #make: MakeAgent;
  /** True once the process ends: later starts are suspended immediately. */
  #isEnding = false;
  #restarts = 0;
  #settings: SupervisorSettings;
  /** Set once, by {@link rehydrate}. */
  #safeMode: SafeMode | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#roster = new Roster(options, () => this.#settings.idleMs);
    const { log } = options;
    this.#failedStarts = new GatheredErrors(log, { what: "not started", gatherMs: 1_000 });
    this.#unstored = new GatheredErrors(log, { what: "rows not stored", gatherMs: 0 });
    this.#make = agentMaker({
      ...options,
      find: (id) => this.agents.get(id),
      settings: () => this.#settings,
      residency: this.#roster.residency,
      onStartFailed: (id, error) => this.#failedStarts.add(id, error),
      onUnstored: (id, error) => this.#unstored.add(id, error),
      onRestart: () => {
        this.#restarts += 1;
      },
      onGone: (record) => this.#release(record),
    });
  }

  /** All living agents, unordered. */
  get agents(): ReadonlyMap<AgentId, ManagedAgent> {
    return this.#roster.agents;
  }

  /** Those of {@link agents} that do not rest: no other has a thread. */
  get awake(): Iterable<ManagedAgent> {
    return this.#roster.residency.awake;
  }

  /** The settings of new starts. */
  get settings(): SupervisorSettings {
    return this.#settings;
  }

  /** The number of agents by status, ended ones included. */
  census(): Counted {
    return this.#roster.count();
  }

  /** Restarts of threads after failures, since the start of the process. */
  get restarts(): number {
    return this.#restarts;
  }

  reload(settings: SupervisorSettings): void {
    this.#settings = settings;
    this.#roster.residency.refresh();
  }

  find(agentId: AgentId): ManagedAgent | undefined {
    return this.agents.get(agentId);
  }

  /** @throws {TroupeError} `AGENT_UNKNOWN`, or `AGENT_NOT_RUNNING` if it has ended. */
  async getRunning(agentId: AgentId, participle: string): Promise<ManagedAgent> {
    const agent = this.agents.get(agentId);
    if (agent !== undefined) return agent;
    throw notRunning(agentId, (await this.getRow(agentId)).status, participle);
  }

  /** The agent's row, running or not. @throws {TroupeError} `AGENT_UNKNOWN`. */
  async getRow(agentId: AgentId): Promise<AgentRow> {
    const row = await this.findRow(agentId);
    if (row !== undefined) return row;
    throw unknownAgent(agentId);
  }

  async findRow(agentId: AgentId): Promise<AgentRow | undefined> {
    return this.agents.get(agentId)?.record.row ?? (await this.#options.table.find(agentId));
  }

  /**
   * Undefined unless the action has had its effect, in this process or an earlier one. An effect that is
   * only in memory, because the store failed, is being stored: `stored` resolves once it is.
   */
  async findApplied(agentId: AgentId, actionId: string): Promise<Storing | undefined> {
    if (!(await this.hasApplied(agentId, actionId))) return undefined;
    const record = this.agents.get(agentId)?.record;
    const isStored = record === undefined || record.stored?.applied_actions.includes(actionId);
    const stored = isStored ? Promise.resolve() : record.save({ atOnce: true });
    stored.catch(() => undefined); // a caller may wait for something else first
    return { stored };
  }

  /** True if the effect of the action is in the agent's row, stored or not. */
  async hasApplied(agentId: string, actionId: string): Promise<boolean> {
    return (await this.findRow(agentId as AgentId))?.applied_actions.includes(actionId) === true;
  }

  /** The action's ack is stored: it will not be dispatched again. */
  forgetApplied(agentId: string, actionId: string): void {
    this.agents.get(agentId as AgentId)?.record.forgetApplied(actionId);
  }

  /**
   * Starts an agent that does not run: a new one from the seed, an ended one from its row. In safe mode
   * it is created paused, and runs once it is resumed. Resolves once it can be steered. `started` resolves once
   * its setup has ended, and rejects with the reason if it did not start: then its row is in `error`, or
   * `stopped` if it was destroyed meanwhile (`AGENT_START_STOPPED`).
   * @throws {TroupeError} `AGENT_LIMIT` if there is no room for it; then its row does not change.
   */
  begin(agentId: AgentId, seed: NewAgent, actionId: string): Promise<BegunStart> {
    return this.#beginning(() => this.#begin(agentId, seed, actionId));
  }

  async #begin(agentId: AgentId, seed: NewAgent, actionId: string): Promise<BegunStart> {
    // Not the table's row: an agent that is just ending may not be stored yet.
    const stored = await this.findRow(agentId);
    const living = this.agents.get(agentId);
    if (living !== undefined && isAlive(living.record.row.status)) {
      return { started: living.starting ?? Promise.resolve() }; // a reload has brought it back
    }
    const row = stored ?? newAgentRow(agentId, seed, this.#options.epoch);
    this.#roster.checkRoom();
    if (stored !== undefined) this.#roster.takeBack(stored);
    const agent = this.#adopt(startedRow(row, seed), stored);
    if (this.#safeMode === undefined) {
      const started = agent.startFirst(actionId);
      if (this.#isEnding) this.#suspendLate(agent).catch(() => undefined); // `started` reports it
      return { started };
    }
    // The action may have killed the process before its effect was stored, and be dispatched again.
    agent.record.apply(actionId);
    agent.record.park(this.#safeMode);
    return { started: agent.record.save() };
  }

  /** {@link suspendAll} was called before the agent was managed. */
  async #suspendLate(agent: ManagedAgent): Promise<void> {
    this.#roster.drop(agent.record);
    await agent.suspend({ graceMs: 0, abortAfterMs: 0 });
  }

  /**
   * Gives the agent a new thread with the newest code, once its running step has ended. Resolves with a
   * promise of the new thread's setup; other requests to the agent need not wait for that.
   * @throws {TroupeError} `AGENT_UNKNOWN`, `AGENT_NOT_RUNNING`.
   */
  async restart(agentId: AgentId, actionId: string): Promise<{ readonly done: Promise<void> }> {
    const agent = await this.getRunning(agentId, "restarted");
    return { done: agent.restart(actionId, afterRunningStep(agent.record.row, this.#settings)) };
  }

  /** Starts an agent in `error` again, paused if it was; resolves once its row is stored. */
  async reviveOne(row: AgentRow, actionId: string): Promise<void> {
    this.#roster.checkRoom();
    const agent = this.#adoptEnded(row);
    agent.record.revive();
    agent.record.apply(actionId);
    await this.#bringBack([agent]);
  }

  /**
   * Adds guidance that the agent accepted in an earlier process, and that its row lacks. An agent that has
   * ended since keeps it for its next start: then this resolves once the row is stored, because the next
   * action reads that row.
   * @throws {TroupeError} `AGENT_UNKNOWN`, `STORE_UNAVAILABLE`.
   */
  async restoreGuidance(agentId: AgentId, guidance: Guidance): Promise<Storing> {
    const agent = this.agents.get(agentId) ?? this.#adoptEnded(await this.getRow(agentId));
    const stored = agent.restoreGuidance(guidance);
    if (!isAlive(agent.record.row.status)) await stored.finally(() => this.#release(agent.record));
    return { stored };
  }

  /** See {@link resolveEffect}: its agent may have ended. */
  resolveEffect(effect: ResolvedEffect, actionId: string): Promise<void> {
    return resolveEffect(this.#options.effects.table, this.find(effect.agentId), effect, actionId);
  }

  /**
   * Ends the agent, even one in `error`. Resolves once its thread has ended: it can be started again from then
   * on. `stored` resolves once the end is stored.
   */
  async end(agentId: AgentId, actionId: string, note?: string): Promise<Ended> {
    const agent = this.agents.get(agentId) ?? this.#adoptEnded(await this.getRow(agentId));
    const graceMs = graceMsOf(agent.record.row, this.#settings);
    const ended = await agent.destroy(actionId, { graceMs, abortAfterMs: 0 }, note);
    ended.stored.catch(() => undefined); // as above
    return ended;
  }

  /** Stores the end of an agent whose creation was withdrawn before it started. */
  destroyUnborn(agentId: AgentId, seed: NewAgent, actionId: string): Promise<Ended> {
    const agent = this.#adopt(newAgentRow(agentId, seed, this.#options.epoch), undefined);
    const note = "destroyed before it was created";
    return agent.destroy(actionId, { graceMs: 0, abortAfterMs: 0 }, note);
  }

  /**
   * Brings back the agents of the last process: those that rest stay without a thread, the other rows get
   * their new status, and their agents get a thread, in the background. Resolves once the rows are stored.
   * In safe mode all come back paused, and none gets a thread before it is resumed.
   */
  async rehydrate(rows: readonly AgentRow[], safeMode?: SafeMode): Promise<Rehydration> {
    this.#safeMode = safeMode;
    const agents = rows.map((row) => this.#adopt(row, row));
    const mayRest = (type: string) => !safeMode && this.#options.knowsType?.(type) !== false;
    for (const agent of agents) agent.comeBack(mayRest(agent.record.row.agent_type));
    return await this.#bringBack(agents);
  }

  /**
   * Brings back agents that could not be started because of their type, module or config, if `isKnown` is
   * true for their type; a paused one stays paused. Resolves once their rows are stored; a cause that
   * has not been fixed ends them in `error` again.
   */
  async revive(isKnown: (type: string) => boolean): Promise<Rehydration> {
    const rows = await this.#roster.readEnded(() => this.#options.table.loadUnstartable());
    const startable = rows.filter((row) => isKnown(row.agent_type));
    const agents = startable.map((row) => this.#adoptEnded(row));
    for (const { record } of agents) record.revive();
    return await this.#bringBack(agents);
  }

  async #bringBack(agents: readonly ManagedAgent[]): Promise<Rehydration> {
    const release = (record: AgentRecord) => this.#roster.release(record);
    const started = await rehydrate(agents, { safeMode: this.#safeMode, release });
    if (this.#isEnding) await Promise.all(agents.map((agent) => this.#suspendLate(agent)));
    return started;
  }

  /** Ends every thread, at a step boundary within the grace; rows have the status for the next start. */
  async suspendAll(): Promise<void> {
    this.#isEnding = true;
    this.#roster.residency[Symbol.dispose]();
    this.#failedStarts.flush();
    const agents = [...this.agents.values()];
    await Promise.all(agents.map((agent) => this.#suspend(agent)));
    for (const { record } of agents) this.#roster.drop(record);
  }

  async #suspend(agent: ManagedAgent): Promise<void> {
    const graceMs = graceMsOf(agent.record.row, this.#settings);
    await agent.suspend({ graceMs, abortAfterMs: graceMs / 2 }).catch((thrown: unknown) => {
      this.#unstored.add(agent.record.id, toErrorData(thrown, "STORE_UNAVAILABLE"));
    });
  }

  #adoptEnded(row: AgentRow): ManagedAgent {
    this.#roster.takeBack(row);
    return this.#adopt(row, row);
  }

  /** @param stored the row in the table, if there is one */
  #adopt(row: AgentRow, stored: AgentRow | undefined): ManagedAgent {
    const agent = this.#make(row, stored);
    this.#roster.add(agent);
    return agent;
  }

  #release(record: AgentRecord): void {
    if (this.agents.get(record.id)?.record === record) this.#roster.release(record);
  }
}
