/**
 * All that is known of an action, declared once: the queue's order, REST and its document, the
 * library's verbs, the command line, the keys of `top` and page, and the docs are derived from it.
 * Invariant: declarations are data, because page and command line load them without a schema library.
 */

import type { AgentStatus } from "../agent-status.ts";

export interface ActionDeclaration {
  /** As rows of the queue name it. */
  readonly name: string;
  /** The same in one word, for paths, commands, keys and titles. */
  readonly word: string;
  /** What it is about. A `newAgent` may exist already. */
  readonly about: "newAgent" | "agent" | "environment";
  /** Without `agent_id`, which every action about an agent has. */
  readonly payload: PayloadSchema;
  /**
   * Set if it overtakes whatever waits for its agent, except an older action that starts the agent.
   * Its handler ends what waits for a later time.
   */
  readonly overtakes?: true;
  /** One line for REST's document and the command's help. */
  readonly summary: string;
  /** What it does, for REST's document and `docs/tables.md`. */
  readonly effect: string;
  /** What has happened once it is done: `paused`. */
  readonly done: string;
  /** The status of the agent that shows as much, if there is one. */
  readonly leadsTo?: AgentStatus;
  /** The key in `top` and on the page, if it has one. */
  readonly key?: string;
  /** Set if its key asks a question first. */
  readonly asksFirst?: true;
}

/** JSON Schema of a payload. */
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

/** Why somebody asks for an action. */
export const reason = { type: "string", maxLength: 2_000, description: "why" } as const;
