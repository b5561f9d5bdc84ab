/**
 * The declaration of an action: the queue's order, REST and its document, the library's verbs, the
 * command line, the keys of `top` and the dashboard, and the docs are derived from it.
 * Invariant: declarations are data, because dashboard and command line load them without a schema library.
 */

import type { AgentStatus } from "../agent-status.ts";

export interface ActionDeclaration {
  /** Its name in rows of the queue. */
  readonly name: string;
  /** One word for it, in paths, commands, keys and titles. */
  readonly word: string;
  /** Its subject. A `newAgent` may already exist. */
  readonly about: "newAgent" | "agent" | "effect" | "environment";
  /** Without `agent_id`, which every action about an agent or one of its effects has. */
  readonly payload: PayloadSchema;
  /**
   * Set if it overtakes all actions that wait for its agent, except an older one that starts the agent.
   * Its handler ends those that wait for a later time.
   */
  readonly overtakes?: true;
  /** One line for REST's document and the command's help. */
  readonly summary: string;
  /** Its effect, for REST's document and `docs/tables.md`. */
  readonly effect: string;
  /** The past participle for messages: `paused`. */
  readonly done: string;
  /** The agent's status once it has taken effect, if it changes that. */
  readonly leadsTo?: AgentStatus;
  /** The key in `top` and on the dashboard, if it has one. */
  readonly key?: string;
  /** Set if its key opens a prompt first. */
  readonly asksFirst?: true;
}

export interface PayloadSchema {
  readonly type: "object";
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, FieldSchema>>;
  /** True if other fields are kept, too. */
  readonly additionalProperties?: true;
}

/** JSON Schema of a field of a payload. */
export interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly additionalProperties?: true;
  readonly description?: string;
}

/** The field of a payload for the reason of the request. */
export const reason = { type: "string", maxLength: 2_000, description: "why" } as const;
