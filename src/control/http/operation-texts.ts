/** The OpenAPI document's descriptions: of each group, and of operations beyond their summaries. */

import type { ActionDeclaration } from "../../model/actions/action-declaration.ts";

/** The groups, in the order of the document. */
export const tags: readonly { readonly name: string; readonly description: string }[] = [
  {
    name: "agents",
    description: "The state and the steps of agents, and the actions that steer them.",
  },
  {
    name: "effects",
    description: "What steps did outside themselves: model calls, and calls of `ctx.once`.",
  },
  {
    name: "inside",
    description: "The inside of a running thread, also of one that hangs in a loop.",
  },
  { name: "actions", description: "The queue: each action, its actor and its outcome." },
  { name: "types", description: "The types of agents and their settings." },
  { name: "models", description: "The models: who answers calls, and whether they wait." },
  { name: "environment", description: "The settings, and the modules of agents." },
  { name: "database", description: "The tables: how large they are, and compaction." },
  {
    name: "events",
    description:
      "Events while they happen. A WebSocket at `GET /api/ws` sends the same events; messages such as " +
      '`{"subscribe":["agent1"]}` or `{"subscribe":["*"]}` select them.',
  },
  { name: "health", description: "Probes and metrics." },
];

const receipt =
  "Answers 202 with a receipt once the action is stored; with `Prefer: wait=<seconds>`, 200 and the " +
  "action if it ends in that time. A request that is repeated with the same `Idempotency-Key` takes " +
  "effect once.";

export function describeAction({ name, effect }: ActionDeclaration): string {
  return `Enqueues \`${name}\`: ${effect}. ${receipt}`;
}

/** By `operationId`; routes that describe themselves are not here. */
export const descriptions: Readonly<Record<string, string>> = {
  listAgents: "Pages of agents by id, each with live figures if it has a thread.",
  getAgent: "The agent's row with its context and history, and live figures if it has a thread.",
  listSteps: "Pages of the agent's steps: results, errors and the tokens of model calls.",
  listStepSpans:
    "Pages of the steps of all agents, without their texts. A page has only stored steps, so a step whose event has arrived is in it, and none whose event has not. `GET /api/agents/{agent_id}/steps` has the rest of a step.",
  countSteps:
    "For long spans, by default the last hour: steps by agent, bucket of time and outcome. A page reads at most 100,000 steps, newest first; counts of one bucket that are on two pages must be added. From `since` to `until` there may be 2,000 buckets; give both times with a `cursor`.",
  getStepContext:
    "Steps keep the context only if they changed it; `from_iteration` is the step that changed it last, and null if no step that is still kept has changed it.",
  listStepEffects:
    "Pages of at most 4 MiB, each effect in its newest state. A step that has not ended has its effects so far; one without any has an empty list.",
  listEffects:
    "Pages of effects, each in its newest state. `state=unknown` selects those that somebody must resolve.",
  getEffect: "With its result, and what was asked if `TROUPE_KEEP_PROMPTS` is on.",
  getMailbox: "Pieces of guidance that were delivered, each with the actor and the time.",
  getStack:
    "The innermost call is first; no calls mean that the thread waits for an event. The thread is not stopped.",
  getHeapSummary:
    "The thread is stopped for some 10 ms for each MiB of its heap, which may have 128 MiB at most.",
  takeCpuProfile:
    "A file `.cpuprofile`, after `seconds`, from 0.1 to 60. A function that was running before the start and calls no other one is not named in it: its time is that of its caller.",
  takeHeapProfile:
    "A file `.heapprofile`, after `seconds`, from 0.1 to 60: a sample of one in 16 KiB that was allocated.",
  listLogLines:
    "What `ctx.log` and the console wrote, at most 500 lines, from memory. Further ones are events of type `agent.log`, for clients that name the agent.",
  listActions: "Pages of the queue. An action is kept for the retention time after its end.",
  getAction: "With `Prefer: wait=<seconds>` the answer waits that long for the action's end.",
  enqueueActions:
    "Takes one action or an array of up to 10,000, which are stored together or not at all. Payload " +
    "and metadata are JSON objects of at most 256 KiB, nested at most 100 deep.",
  listTypes:
    "Each type with its config as JSON Schema and its settings, in effect and as configured.",
  listModels:
    "Models that share what a provider grants are one item. Keys and settings are not shown.",
  getUsage:
    "Tokens and money by agent, type and model, ended agents included: in this hour and on this day, in UTC, and in total. Money is computed at the prices that `models.json` has now; a model without a price has tokens only.",
  getDatabase: "Rows, bytes, fragments and versions of each table.",
  listenToEvents:
    "Server-Sent Events. `Last-Event-ID` continues after that event; events that are no longer " +
    "kept are reported by an event of type `gap`.",
  getLiveness: "Needs no token.",
  getReadiness: "Needs no token. 503 while the server starts, ends, or cannot store anything.",
  ringQueue:
    "For a process that has appended rows to the table on an object store, which cannot be watched. Changes nothing and may be repeated; otherwise the next poll finds the rows.",
  getMetrics: "Text in the format of Prometheus.",
};
