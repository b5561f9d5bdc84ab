/** `GET /api/events`: the events as Server-Sent Events, continued after `Last-Event-ID`. */

import type { Socket } from "node:net";
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { TroupeError } from "../../model/errors.ts";
import type { EventType } from "../../model/event.ts";
import { eventTypes } from "../../model/event-types.ts";
import { excerpt, parseAgentId } from "../../model/ids.ts";
import {
  EVERYTHING,
  EventsQuery,
  isEventType,
  PositionText,
  parsePosition,
  SUBSCRIPTIONS_MAX,
  wordsOf,
} from "../../model/stream.ts";
import type { ControlParts } from "../control-parts.ts";
import { responses, textResponse } from "../http/response-schemas.ts";
import { eventId, sseFrame, sseHeartbeat, ssePrelude } from "../stream/frame.ts";
import type { Sink } from "../stream/subscriber.ts";
import type { App } from "./route-parts.ts";

/** Milliseconds after which a client whose connection broke connects again. */
const RETRY_MS = 1_000;

export function eventRoutes(app: App, { stream }: ControlParts): void {
  app.addHook("preClose", () => stream.close());
  app.get(
    "/api/events",
    {
      schema: {
        tags: ["events"],
        operationId: "listenToEvents",
        summary: "Events as they happen",
        querystring: EventsQuery,
        headers: Type.Object({ "last-event-id": Type.Optional(PositionText) }),
        response: responses(
          {
            200: textResponse(
              "text/event-stream",
              "Server-Sent Events; `data` is an `Event`",
              "Event#",
            ),
          },
          ["AGENT_ID_INVALID", "STREAM_LIMIT"],
        ),
      },
      config: { access: "query" },
      exposeHeadRoute: false,
      // A client that has received no event yet may send the header empty.
      preValidation: async ({ headers }) => {
        if (headers["last-event-id"] === "") delete headers["last-event-id"];
      },
    },
    ({ query, headers }, reply) => {
      const keys = parseKeys(query.agent_id);
      const types = parseTypes(query.types);
      const lastId = headers["last-event-id"];
      const since = lastId === undefined ? undefined : parsePosition(lastId);
      const { socket } = reply.raw;
      if (socket === null)
        throw invalid("a request for events cannot be pipelined behind another one");
      const client = stream.open(sinkOf(socket), sseFrame);
      socket.on("drain", () => client.drained());
      socket.on("close", () => client.close());
      begin(reply);
      const after = since === undefined ? stream.seq : client.resumeAfter(since);
      socket.write(ssePrelude(eventId(stream.epoch, after), RETRY_MS));
      client.select((selection) => selection.with(keys, { types, after }));
    },
  );
}

/**
 * Takes the answer over from Fastify, with the headers that its hooks have set. It ends with its
 * connection and is not chunked, so that events are written to the connection as they are: Node's
 * response would delay each write, and write it in three parts.
 */
function begin(reply: FastifyReply): void {
  const { raw } = reply;
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.useChunkedEncodingByDefault = false;
  raw.socket?.setNoDelay(true);
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    connection: "close",
    // Proxies that buffer answers would delay events.
    "x-accel-buffering": "no",
  });
  raw.flushHeaders();
}

function sinkOf(socket: Socket): Sink {
  return {
    write: (bytes) => socket.write(bytes),
    beat: () => void socket.write(sseHeartbeat),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

function parseKeys(given: string | readonly string[] | undefined): readonly string[] {
  const words = wordsOf(given);
  if (words.length > SUBSCRIPTIONS_MAX) {
    throw invalid(`query.agent_id must name at most ${SUBSCRIPTIONS_MAX} agents`);
  }
  return words.length === 0 ? [EVERYTHING] : words.map(parseAgentId);
}

function parseTypes(
  given: string | readonly string[] | undefined,
): ReadonlySet<EventType> | undefined {
  const words = wordsOf(given);
  const unknown = words.find((word) => !isEventType(word));
  if (unknown !== undefined) {
    const known = eventTypes.join(", ");
    throw invalid(`query.types must be of ${known}, got ${excerpt(unknown)}`);
  }
  return words.length === 0 ? undefined : new Set(words.filter(isEventType));
}

function invalid(message: string): TroupeError {
  return new TroupeError("REQUEST_INVALID", message);
}
