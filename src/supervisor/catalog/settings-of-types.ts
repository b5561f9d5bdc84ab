/** The settings of agent types, from their modules and from the rows of `agents_config`. */

import type { ActorSpec } from "../../boundary/protocol.ts";
import { type AgentRow, INTERVAL_MS_DEFAULT } from "../../model/agent.ts";
import { nextStepOf } from "../../model/next-step.ts";
import { type AgentTypeSettings, defaultTypeSettings } from "../../model/type-settings.ts";

/** The settings in effect of the known types, by name; replaced by each reload. */
export type SettingsOfTypes = ReadonlyMap<string, AgentTypeSettings>;

/** An agent's type's settings and its own config, merged. */
export interface EffectiveConfig {
  readonly intervalMs: number;
  readonly subject: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}

export function settingsOf(types: SettingsOfTypes, name: string): AgentTypeSettings {
  return types.get(name) ?? defaultTypeSettings(name);
}

/** The part of {@link ActorSpec} that an agent's row and its type decide. */
export type RowSpec = Omit<ActorSpec, "moduleUrl" | "turn" | "mayHaveEffects" | "effectSeed">;

export function actorSpec(row: AgentRow, types: SettingsOfTypes): RowSpec {
  const type = settingsOf(types, row.agent_type);
  return {
    agentId: row.agent_id,
    agentType: row.agent_type,
    generation: row.generation,
    iteration: row.iteration,
    contextJson: row.context,
    history: row.history.entries,
    guidance: row.pending_guidance,
    next: nextStepOf(row),
    stepTimeoutMs: type.step_timeout_ms,
    ...effectiveConfig(row, type),
  };
}

/** Milliseconds from step to step. */
export function intervalMsOf(row: AgentRow, types: SettingsOfTypes): number {
  return effectiveConfig(row, settingsOf(types, row.agent_type)).intervalMs;
}

/** An agent's own config overrides its type's settings, which override the built-in default. */
function effectiveConfig(row: AgentRow, type: AgentTypeSettings): EffectiveConfig {
  const { interval_ms, initial_subject, unresponsive_timeout_ms, ...config } = {
    ...type.config,
    ...row.config,
  };
  const ownInterval = numberOf(row.config["interval_ms"]) ?? type.interval_ms;
  return {
    intervalMs: ownInterval ?? numberOf(interval_ms) ?? INTERVAL_MS_DEFAULT,
    subject: row.current_subject ?? (typeof initial_subject === "string" ? initial_subject : null),
    config,
  };
}

/** The models that an agent's own config and its type name, see models.json; undefined = none. */
export function modelChoiceOf(row: AgentRow, types: SettingsOfTypes) {
  const { model: agent } = row.config;
  const { model: type } = settingsOf(types, row.agent_type);
  return { agent: typeof agent === "string" ? agent : undefined, type: type ?? undefined };
}

/** The watchdog's limit for an agent's memory. */
export function memoryBudgetMb(type: AgentTypeSettings, agentMemoryMb: number): number {
  return type.memory_mb ?? agentMemoryMb;
}

/** Undefined if an agent that does not respond is only reported. */
export function unresponsiveTimeoutMs(row: AgentRow, type: AgentTypeSettings): number | undefined {
  const own = row.config["unresponsive_timeout_ms"] ?? type.config["unresponsive_timeout_ms"];
  return numberOf(own);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
