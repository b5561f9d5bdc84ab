/** A look inside an agent's thread: its stack, profiles and heap, its mailbox and its last log lines. */

import type { FastifyReply } from "fastify";
import type { ErrorCode } from "../../model/error-codes.ts";
import { unknownAgent } from "../../model/fleet-errors.ts";
import { parseAgentId } from "../../model/ids.ts";
import { LogQuery, ProfileQuery } from "../../model/inside-schemas.ts";
import { PROFILE_SECONDS_DEFAULT } from "../../model/limits.ts";
import { AgentParams } from "../../model/request.ts";
import {
  CpuProfileResponse,
  HeapProfileResponse,
  HeapSummaryResponse,
  LogResponse,
  MailboxResponse,
  StackResponse,
} from "../../model/response.ts";
import { responses } from "../http/response-schemas.ts";
import { untilClosed } from "../http/until-closed.ts";
import type { App, RouteParts } from "./route-parts.ts";

const tags = ["inside"];
const known: readonly ErrorCode[] = ["AGENT_UNKNOWN", "SHARD_MISDIRECTED"];
const answered: readonly ErrorCode[] = [
  ...known,
  "AGENT_HAS_NO_THREAD",
  "INSPECTION_TIMEOUT",
  "INSPECTION_FAILED",
];
const heavy: readonly ErrorCode[] = [
  ...answered,
  "INSPECTION_BUSY",
  "INSPECTION_LIMIT",
  "INSPECTION_TOO_LARGE",
];

export function insideRoutes(app: App, parts: RouteParts): void {
  addThread(app, parts);
  for (const profile of profiles) addProfile(app, parts, profile);
  addMailbox(app, parts);
  addLogs(app, parts);
}

function addThread(app: App, { inside: { inspector } }: RouteParts): void {
  const stack = {
    tags,
    operationId: "getStack",
    summary: "The calls that the agent's thread is in now",
    params: AgentParams,
    response: responses({ 200: StackResponse }, answered),
  };
  app.get("/api/agents/:agent_id/stack", { schema: stack }, async ({ params }) =>
    inspector.stack(parseAgentId(params.agent_id)),
  );
  const summary = {
    tags,
    operationId: "getHeapSummary",
    summary: "The objects of the agent's heap by constructor, largest first",
    params: AgentParams,
    response: responses({ 200: HeapSummaryResponse }, heavy),
  };
  app.get("/api/agents/:agent_id/heap-summary", { schema: summary }, async ({ params }) =>
    inspector.heapSummary(parseAgentId(params.agent_id)),
  );
}

const profiles = [
  {
    kind: "cpu_profile",
    word: "cpu-profile",
    ending: "cpuprofile",
    operationId: "takeCpuProfile",
    summary: "A processor profile of the agent's thread, for Chrome's tools",
    response: CpuProfileResponse,
  },
  {
    kind: "heap_profile",
    word: "heap-profile",
    ending: "heapprofile",
    operationId: "takeHeapProfile",
    summary: "A profile of what the agent's thread allocates and keeps, for Chrome's tools",
    response: HeapProfileResponse,
  },
] as const;

function addProfile(
  app: App,
  { inside: { inspector } }: RouteParts,
  { kind, word, ending, operationId, summary, response }: (typeof profiles)[number],
): void {
  const schema = {
    tags,
    operationId,
    summary,
    params: AgentParams,
    querystring: ProfileQuery,
    response: responses({ 200: response }, heavy),
  };
  app.get(`/api/agents/:agent_id/${word}`, { schema }, async ({ params, query }, reply) => {
    const agentId = parseAgentId(params.agent_id);
    const ms = (query.seconds ?? PROFILE_SECONDS_DEFAULT) * 1_000;
    const text = await inspector.profile(agentId, kind, ms, untilClosed(reply));
    const answer = reply as FastifyReply; // its text is the answer, and is not encoded again
    return answer
      .type("application/json; charset=utf-8")
      .header("content-disposition", `attachment; filename="${fileName(agentId)}.${ending}"`)
      .serializer(String)
      .send(text);
  });
}

/** An agent's id may have characters that files and headers must not. */
function fileName(agentId: string): string {
  return agentId.replaceAll(/[^\w.-]/g, "_");
}

/** From the row: an agent that rests has a mailbox, too. */
function addMailbox(app: App, { store }: RouteParts): void {
  const schema = {
    tags,
    operationId: "getMailbox",
    summary: "The guidance that the agent has not used yet, oldest first",
    params: AgentParams,
    response: responses({ 200: MailboxResponse }, known),
  };
  app.get("/api/agents/:agent_id/mailbox", { schema }, async ({ params }) => {
    const row = await store.agents.find(params.agent_id);
    if (row === undefined) throw unknownAgent(params.agent_id);
    return { items: row.pending_guidance, next_cursor: null };
  });
}

function addLogs(app: App, { store, inside: { logs } }: RouteParts): void {
  const schema = {
    tags,
    operationId: "listLogLines",
    summary: "The agent's last log lines, oldest first",
    params: AgentParams,
    querystring: LogQuery,
    response: responses({ 200: LogResponse }, known),
  };
  app.get("/api/agents/:agent_id/logs", { schema }, async ({ params, query }) => {
    const agent_id = parseAgentId(params.agent_id);
    const items = logs.last(agent_id, query.limit, query.after);
    const isKnown = items.length > 0 || (await store.agents.find(agent_id)) !== undefined;
    if (!isKnown) throw unknownAgent(agent_id);
    return { items, next_cursor: null };
  });
}
