/**
 * The supervisor: holds every agent that has, or will have, a thread, and carries out on it what the
 * handlers ask for. It alone starts and ends threads.
 */

import type { Logger } from "pino";
import type { EventBus } from "../events.ts";
import { type AgentRow, isAlive } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import type { AgentId } from "../model/ids.ts";
import type { SafeMode } from "../model/safe-mode.ts";
import type { AgentTypeSettings } from "../model/type-settings.ts";
import type { AgentTable } from "../store/agent-table.ts";
import { AgentRecord, type AgentSeed, newAgentRow } from "./agent-record.ts";
import { Census, type Counted, type EndedCounts } from "./census.ts";
import { notRunning } from "./failures.ts";
import { ManagedAgent } from "./managed-agent.ts";
import type { SpawnChild } from "./spawn.ts";
import type { StopReceipt } from "./stop-ladder.ts";
import { settingsOf, type TypeSettings } from "./type-settings.ts";

export interface SupervisorOptions {
  readonly table: AgentTable;
  readonly events: EventBus;
  readonly log: Logger;
  readonly epoch: number;
  readonly spawn: SpawnChild;
  readonly settings: SupervisorSettings;
  /** Why no agent can be started beside so many, if none can; left out: there is always room. */
  readonly findRefusal?: (agents: number) => TroupeError | undefined;
  /** Agents that have ended, as the table has them; left out: none. */
  readonly ended?: EndedCounts;
}

/** What a reload may replace; agents started later use the new. */
export interface SupervisorSettings {
  readonly typeSettings: TypeSettings;
  /** Milliseconds between the stop flag and the termination, where the type says nothing else. */
  readonly destroyTimeoutMs: number;
  /** Memory of one agent in MiB, where the type says nothing else. */
  readonly agentMemoryMb: number;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #agents = new Map<AgentId, ManagedAgent>();
  readonly #census: Census;
  #restarts = 0;
  #settings: SupervisorSettings;
  /** Set once, by {@link rehydrate}. */
  #safeMode: SafeMode | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#census = new Census(options.ended ?? {});
  }

  /** Agents that have a thread or will get one, in no order. */
  get agents(): ReadonlyMap<AgentId, ManagedAgent> {
    return this.#agents;
  }

  /** What agents started now are treated by. */
  get settings(): SupervisorSettings {
    return this.#settings;
  }

  /** How many agents there are of each status, also of those that have ended. */
  census(): Counted {
    return this.#census.count(this.#agents.values());
  }

  /** Threads that were started again after a failure, since the process began. */
  get restarts(): number {
    return this.#restarts;
  }

  reload(settings: SupervisorSettings): void {
    this.#settings = settings;
  }

  find(agentId: AgentId): ManagedAgent | undefined {
    return this.#agents.get(agentId);
  }

  /**
   * The agent, to act upon.
   * @throws {TroupeError} `AGENT_UNKNOWN`, or `AGENT_NOT_RUNNING` where it has ended.
   */
  async getRunning(agentId: AgentId, participle: string): Promise<ManagedAgent> {
    const agent = this.#agents.get(agentId);
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
    throw new TroupeError("AGENT_UNKNOWN", `there is no agent ${agentId}`);
  }

  async findRow(agentId: AgentId): Promise<AgentRow | undefined> {
    return this.#agents.get(agentId)?.record.row ?? (await this.#options.table.find(agentId));
  }

  /**
   * True where the effect of the action is stored already, by this process or one before it.
   * An effect that is only in memory yet, because the store failed after it, is stored first.
   */
  async confirmApplied(agentId: AgentId, actionId: string): Promise<boolean> {
    const agent = this.#agents.get(agentId);
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
    this.#agents.get(agentId as AgentId)?.record.forgetApplied(actionId);
  }

  /**
   * Starts an agent that does not run: a new one from the seed, an ended one from its row. In safe
   * mode it is made paused, and runs once it is resumed.
   * @throws {TroupeError} why it did not start; its row then says `error`. `AGENT_LIMIT` where the
   * machine has no room for it; its row is left as it is.
   */
  async start(agentId: AgentId, seed: AgentSeed, actionId: string): Promise<void> {
    // Not the table's row: that of an agent which is just ending may not be stored yet.
    const stored = await this.findRow(agentId);
    const row = stored ?? newAgentRow(agentId, seed, this.#options.epoch);
    const refusal = this.#options.findRefusal?.(this.#agents.size);
    if (refusal !== undefined) throw refusal;
    if (stored !== undefined) this.#takeBack(stored);
    const agent = this.#adopt({
      ...row,
      agent_type: seed.agentType,
      config: seed.config,
      current_subject: seed.subject ?? row.current_subject,
    });
    agent.record.apply(actionId);
    if (this.#safeMode === undefined) return await agent.startFirst();
    // The action may be the one that killed the process before its effect was stored, and come again.
    agent.record.layDown(this.#safeMode);
    await agent.record.save();
  }

  /** Ends the agent; also one whose thread has ended in error. Resolves with how. */
  async destroy(agentId: AgentId, actionId: string, note?: string): Promise<StopReceipt> {
    const agent = this.#agents.get(agentId) ?? this.#adoptEnded(await this.getRow(agentId));
    const graceMs = this.#graceMs(agent.record.row);
    return await agent.destroy(actionId, { graceMs, abortAfterMs: 0 }, note);
  }

  /**
   * Brings back what the last process left: each row that is not at its end gets the status that it
   * stands for, and the agents that are meant to have a thread get one, in the background.
   * Resolves once every row is true again. In safe mode all come back paused, and none gets a thread
   * before it is resumed.
   */
  async rehydrate(
    rows: readonly AgentRow[],
    safeMode?: SafeMode,
  ): Promise<readonly Promise<void>[]> {
    this.#safeMode = safeMode;
    const agents = rows.map((row) => this.#adopt(row));
    await Promise.all(
      agents.map(async ({ record }) => {
        record.occur("suspend");
        if (safeMode !== undefined && isAlive(record.row.status)) record.layDown(safeMode);
        await record.save();
      }),
    );
    for (const { record } of agents) {
      if (!isAlive(record.row.status)) this.#release(record);
    }
    if (safeMode !== undefined) return [];
    return agents
      .filter(({ record }) => isAlive(record.row.status))
      .map((agent) => agent.rehydrate());
  }

  /** Ends every thread at a step boundary, as far as the grace reaches; rows say how to go on. */
  async suspendAll(): Promise<void> {
    const agents = [...this.#agents];
    const suspended = agents.map(async ([, agent]) => {
      const graceMs = this.#graceMs(agent.record.row);
      await agent.suspend({ graceMs, abortAfterMs: graceMs / 2 });
    });
    const results = await Promise.allSettled(suspended);
    for (const result of results) {
      if (result.status === "rejected") {
        this.#options.log.error({ err: result.reason }, "an agent was not suspended in order");
      }
    }
    // Not those that a handler has started meanwhile: their threads run, and are ended by the next call.
    for (const [agentId, agent] of agents) {
      if (this.#agents.get(agentId) === agent) this.#agents.delete(agentId);
    }
  }

  #adoptEnded(row: AgentRow): ManagedAgent {
    this.#takeBack(row);
    return this.#adopt(row);
  }

  /** An agent that is just ending is in care still. */
  #takeBack({ agent_id, status }: AgentRow): void {
    if (!this.#agents.has(agent_id)) this.#census.takenBack(status);
  }

  #release({ id, row }: AgentRecord): void {
    this.#agents.delete(id);
    this.#census.released(row.status);
  }

  #adopt(row: AgentRow): ManagedAgent {
    const { table, events, epoch, log, spawn } = this.#options;
    const agent: ManagedAgent = new ManagedAgent(new AgentRecord(row, { table, events, epoch }), {
      log,
      spawn,
      typeSettings: () => this.#settings.typeSettings,
      onRestart: () => {
        this.#restarts += 1;
      },
      onGone: () => {
        if (this.#agents.get(row.agent_id) === agent) this.#release(agent.record);
      },
    });
    this.#agents.set(row.agent_id, agent);
    return agent;
  }

  #graceMs(row: AgentRow): number {
    const type: AgentTypeSettings = settingsOf(this.#settings.typeSettings, row.agent_type);
    return type.destroy_timeout_ms ?? this.#settings.destroyTimeoutMs;
  }
}
