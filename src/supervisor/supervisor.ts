/**
 * The supervisor: holds every agent that has, or will have, a thread, and carries out on it what the
 * handlers ask for. It alone starts and ends threads.
 */

import pLimit from "p-limit";
import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import { type AgentRow, isAlive } from "../model/agent.ts";
import type { TroupeError } from "../model/errors.ts";
import { unknownAgent } from "../model/fleet-errors.ts";
import type { AgentId } from "../model/ids.ts";
import type { SafeMode } from "../model/safe-mode.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import type { AgentTable } from "../store/tables/agent-table.ts";
import { AgentRecord, type NewAgent, newAgentRow } from "./agent-record.ts";
import type { BegunStart } from "./agent-start.ts";
import { settingsOf, type TypePolicies } from "./catalog/type-policies.ts";
import { FailedStarts } from "./failed-starts.ts";
import { notRunning } from "./failures.ts";
import { ManagedAgent } from "./managed-agent.ts";
import { type Rehydration, rehydrate } from "./rehydration.ts";
import { Roster } from "./roster.ts";
import type { Counted, EndedCounts } from "./status-counts.ts";
import type { SpawnChild } from "./thread/spawner.ts";
import type { Ended, StopReceipt } from "./thread/stop-ladder.ts";

export interface SupervisorOptions {
  readonly table: AgentTable;
  readonly events: EventBus;
  readonly log: Logger;
  readonly epoch: number;
  readonly spawn: SpawnChild;
  readonly settings: SupervisorSettings;
  /** Why no agent can be started beside so many, if none can; left out: there is always room. */
  readonly checkCapacity?: (agents: number) => TroupeError | undefined;
  /** Agents that have ended, as the table has them; left out: none. */
  readonly ended?: EndedCounts;
}

/** What a reload may replace; agents started later use the new. */
export interface SupervisorSettings {
  readonly typeSettings: TypePolicies;
  /** Milliseconds between the stop flag and the termination, where the type says nothing else. */
  readonly destroyTimeoutMs: number;
  /** Memory of one agent in MiB, where the type says nothing else. */
  readonly agentMemoryMb: number;
}

/** Starts begun at the same time: thousands may be asked for, and main has others to hear. */
const BEGUN_AT_ONCE_MAX = 32;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #roster: Roster;
  readonly #beginning = pLimit(BEGUN_AT_ONCE_MAX);
  readonly #failedStarts: FailedStarts;
  /** True once the process ends: what is started from then on is suspended at once. */
  #isEnding = false;
  #restarts = 0;
  #settings: SupervisorSettings;
  /** Set once, by {@link rehydrate}. */
  #safeMode: SafeMode | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#roster = new Roster(options.ended ?? {});
    this.#failedStarts = new FailedStarts(options.log);
  }

  /** Agents that have a thread or will get one, in no order. */
  get agents(): ReadonlyMap<AgentId, ManagedAgent> {
    return this.#roster.agents;
  }

  /** What agents started now are treated by. */
  get settings(): SupervisorSettings {
    return this.#settings;
  }

  /** How many agents there are of each status, also of those that have ended. */
  census(): Counted {
    return this.#roster.count();
  }

  /** Threads that were started again after a failure, since the process began. */
  get restarts(): number {
    return this.#restarts;
  }

  reload(settings: SupervisorSettings): void {
    this.#settings = settings;
  }

  find(agentId: AgentId): ManagedAgent | undefined {
    return this.agents.get(agentId);
  }

  /**
   * The agent, to act upon.
   * @throws {TroupeError} `AGENT_UNKNOWN`, or `AGENT_NOT_RUNNING` where it has ended.
   */
  async getRunning(agentId: AgentId, participle: string): Promise<ManagedAgent> {
    const agent = this.agents.get(agentId);
    if (agent !== undefined) return agent;
    throw notRunning(agentId, (await this.getRow(agentId)).status, participle);
  }

  /**
   * The agent's row, whether it runs or not.
   * @throws {TroupeError} `AGENT_UNKNOWN`.
   */
  async getRow(agentId: AgentId): Promise<AgentRow> {
    const row = await this.findRow(agentId);
    if (row !== undefined) return row;
    throw unknownAgent(agentId);
  }

  async findRow(agentId: AgentId): Promise<AgentRow | undefined> {
    return this.agents.get(agentId)?.record.row ?? (await this.#options.table.find(agentId));
  }

  /**
   * True where the effect of the action is stored already, by this process or one before it.
   * An effect that is only in memory yet, because the store failed after it, is stored first.
   */
  async confirmApplied(agentId: AgentId, actionId: string): Promise<boolean> {
    const agent = this.agents.get(agentId);
    const row = agent?.record.row ?? (await this.#options.table.find(agentId));
    if (row?.applied_actions.includes(actionId) !== true) return false;
    await agent?.record.save();
    return true;
  }

  /** True where the effect of the action is in the agent's row, stored or not. */
  async hasApplied(agentId: string, actionId: string): Promise<boolean> {
    const row = await this.findRow(agentId as AgentId);
    return row?.applied_actions.includes(actionId) === true;
  }

  /** The action's ack is stored: it will not come again. */
  forgetApplied(agentId: string, actionId: string): void {
    this.agents.get(agentId as AgentId)?.record.forgetApplied(actionId);
  }

  /**
   * Starts an agent that does not run: a new one from the seed, an ended one from its row. In safe
   * mode it is made paused, and runs once it is resumed. Resolves once its setup has ended.
   * @throws {TroupeError} why it did not start; its row then says `error`. `AGENT_START_STOPPED` where
   * it was destroyed meanwhile. `AGENT_LIMIT` where there is no room for it; its row stays as it is.
   */
  async start(agentId: AgentId, seed: NewAgent, actionId: string): Promise<void> {
    const { started } = await this.begin(agentId, seed, actionId);
    await started;
  }

  /**
   * {@link start}, up to where the agent can be steered: it is in care, and `started` tells how its
   * start ends. Whoever waits for that holds up nobody.
   */
  begin(agentId: AgentId, seed: NewAgent, actionId: string): Promise<BegunStart> {
    return this.#beginning(() => this.#begin(agentId, seed, actionId));
  }

  async #begin(agentId: AgentId, seed: NewAgent, actionId: string): Promise<BegunStart> {
    // Not the table's row: that of an agent which is just ending may not be stored yet.
    const stored = await this.findRow(agentId);
    const living = this.agents.get(agentId);
    if (living !== undefined && isAlive(living.record.row.status)) {
      return { started: living.starting ?? Promise.resolve() }; // a reload has brought it back
    }
    const row = stored ?? newAgentRow(agentId, seed, this.#options.epoch);
    const refusal = this.#options.checkCapacity?.(this.agents.size);
    if (refusal !== undefined) throw refusal;
    if (stored !== undefined) this.#roster.takeBack(stored);
    const again = {
      ...row,
      paused: false,
      agent_type: seed.agentType,
      config: seed.config,
      current_subject: seed.subject ?? row.current_subject,
    };
    const agent = this.#adopt(again, stored);
    if (this.#safeMode === undefined) return { started: this.#startFirst(agent, actionId) };
    // The action may be the one that killed the process before its effect was stored, and come again.
    agent.record.apply(actionId);
    agent.record.park(this.#safeMode);
    return { started: agent.record.save() };
  }

  #startFirst(agent: ManagedAgent, actionId: string): Promise<void> {
    const started = agent.startFirst(actionId);
    if (this.#isEnding) {
      agent.suspend({ graceMs: 0, abortAfterMs: 0 }).catch(() => undefined); // `started` tells of it
      this.#roster.drop(agent.record);
    }
    return started;
  }

  /** Ends the agent; also one whose thread has ended in error. Resolves with how, once it is stored. */
  async destroy(agentId: AgentId, actionId: string, note?: string): Promise<StopReceipt> {
    const { receipt, stored } = await this.end(agentId, actionId, note);
    await stored;
    return receipt;
  }

  /** {@link destroy}, up to where the agent can be started again: its thread has ended. */
  async end(agentId: AgentId, actionId: string, note?: string): Promise<Ended> {
    const agent = this.agents.get(agentId) ?? this.#adoptEnded(await this.getRow(agentId));
    const graceMs = this.#graceMs(agent.record.row);
    return await agent.destroy(actionId, { graceMs, abortAfterMs: 0 }, note);
  }

  /** Ends an agent whose creation was withdrawn before it began: its row says so, like any other's. */
  destroyUnborn(agentId: AgentId, seed: NewAgent, actionId: string): Promise<Ended> {
    const agent = this.#adopt(newAgentRow(agentId, seed, this.#options.epoch), undefined);
    const note = "destroyed before it was created";
    return agent.destroy(actionId, { graceMs: 0, abortAfterMs: 0 }, note);
  }

  /**
   * Brings back what the last process left: each row that is not at its end gets the status that it
   * stands for, and the agents that are meant to have a thread get one, in the background.
   * Resolves once every row is true again. In safe mode all come back paused, and none gets a thread
   * before it is resumed.
   */
  async rehydrate(rows: readonly AgentRow[], safeMode?: SafeMode): Promise<Rehydration> {
    this.#safeMode = safeMode;
    const agents = rows.map((row) => this.#adopt(row, row));
    for (const agent of agents) agent.rest();
    return await this.#bringBack(agents);
  }

  /**
   * Brings back agents that could not be started because of their type, module or config, as far as
   * `isKnown` is true of their type; one that was paused comes back paused. Resolves once their rows
   * say so; a cause that is not mended ends them in `error` again.
   */
  async revive(isKnown: (type: string) => boolean): Promise<Rehydration> {
    const rows = await this.#roster.readEnded(() => this.#options.table.loadUnstartable());
    const startable = rows.filter((row) => isKnown(row.agent_type));
    const agents = startable.map((row) => this.#adoptEnded(row));
    for (const { record } of agents) record.revive();
    return await this.#bringBack(agents);
  }

  #bringBack(agents: readonly ManagedAgent[]): Promise<Rehydration> {
    const release = (record: AgentRecord) => this.#roster.release(record);
    return rehydrate(agents, { safeMode: this.#safeMode, release });
  }

  /** Ends every thread at a step boundary, as far as the grace reaches; rows say how to go on. */
  async suspendAll(): Promise<void> {
    this.#isEnding = true;
    this.#failedStarts.tell();
    const agents = [...this.agents.values()];
    const suspended = agents.map(async (agent) => {
      const graceMs = this.#graceMs(agent.record.row);
      await agent.suspend({ graceMs, abortAfterMs: graceMs / 2 }).catch((error: unknown) => {
        this.#options.log.error({ err: error }, "an agent was not suspended in order");
      });
    });
    await Promise.all(suspended);
    for (const { record } of agents) this.#roster.drop(record);
  }

  #adoptEnded(row: AgentRow): ManagedAgent {
    this.#roster.takeBack(row);
    return this.#adopt(row, row);
  }

  /** @param stored the row as the table has it, if it has one */
  #adopt(row: AgentRow, stored: AgentRow | undefined): ManagedAgent {
    const { table, events, epoch, log, spawn } = this.#options;
    const record = new AgentRecord(row, { table, events, epoch, stored });
    const agent: ManagedAgent = new ManagedAgent(record, {
      log,
      spawn,
      typeSettings: () => this.#settings.typeSettings,
      graceMs: () => this.#graceMs(record.row),
      ready: () => table.ready(),
      onStartFailed: (error) => this.#failedStarts.add(record.id, error),
      onRestart: () => {
        this.#restarts += 1;
      },
      onGone: () => {
        if (this.agents.get(row.agent_id) === agent) this.#roster.release(agent.record);
      },
    });
    this.#roster.add(agent);
    return agent;
  }

  #graceMs(row: AgentRow): number {
    const type: AgentTypeSettings = settingsOf(this.#settings.typeSettings, row.agent_type);
    return type.destroy_timeout_ms ?? this.#settings.destroyTimeoutMs;
  }
}
