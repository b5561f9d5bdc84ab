/** `GET /api/ws`: the same events over a WebSocket; messages of the client select them. */

import type { Socket } from "node:net";
import websocket, { type WebSocket } from "@fastify/websocket";
import { Compile } from "typebox/compile";
import { TroupeError, toErrorData } from "../../model/errors.ts";
import { jsonText } from "../../model/json-bounds.ts";
import { parseJson } from "../../model/parse-json.ts";
import { faultOf } from "../../model/schema-fault.ts";
import {
  MESSAGE_BYTES_MAX,
  parsePosition,
  SocketQuery,
  type StreamAnswer,
  StreamMessage,
  SUBSCRIPTIONS_MAX,
} from "../../model/stream.ts";
import type { ControlParts } from "../control-parts.ts";
import { answerRefused } from "../http/broken-request.ts";
import { keepUpgraded } from "../http/connections.ts";
import { wsFrame } from "../stream/frame.ts";
import type { StreamHub } from "../stream/hub.ts";
import type { Sink, Subscriber } from "../stream/subscriber.ts";
import type { App } from "./route-parts.ts";

/** Bytes of answers that a client may leave unread; one that sends more messages is disconnected. */
const ANSWER_BYTES_MAX = 1024 * 1024;
/** Close codes of RFC 6455: the server ends; it cannot serve this client now. */
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

/** RFC 6455, section 4.4: a client with another version may try again with one of these. */
const VERSIONS = "sec-websocket-version: 13, 8\r\n";

const messageCheck = Compile(StreamMessage);

export async function socketRoutes(app: App, { stream }: ControlParts): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false },
    // The client's connection failed, and nothing of ours.
    errorHandler: (_error, socket) => socket.terminate(),
    // The hub closes its clients' connections.
    preClose: async () => {
      await stream.close();
      app.websocketServer.close();
    },
  });
  app.websocketServer.on("wsClientError", ({ message }, socket) => {
    const text = `/api/ws must be opened by a valid handshake: ${message}`;
    answerRefused(new TroupeError("REQUEST_INVALID", text), socket, VERSIONS);
  });
  app.route({
    method: "GET",
    url: "/api/ws",
    exposeHeadRoute: false,
    config: { access: "query" },
    schema: {
      // Not a request with an answer: the document describes it as text only (operation-texts.ts).
      hide: true,
      querystring: SocketQuery,
    },
    wsHandler: (socket, request) => serve(socket, request.raw.socket, stream),
    handler: () => {
      throw new TroupeError("UPGRADE_REQUIRED", "/api/ws must be opened as a WebSocket");
    },
  });
}

function serve(socket: WebSocket, raw: Socket, stream: StreamHub): void {
  let client: Subscriber;
  try {
    client = stream.open(sinkOf(socket, raw), wsFrame);
  } catch (error) {
    socket.close(TRY_AGAIN_LATER, toErrorData(error).message);
    return;
  }
  keepUpgraded(raw);
  raw.setNoDelay(true);
  raw.on("drain", () => client.drained());
  socket.on("close", () => client.close());
  socket.on("message", (data, isBinary) => {
    answer(socket, obey(isBinary ? undefined : String(data), client, stream));
  });
}

/** Frames are the same bytes for all clients, so they are written to the connection directly, not by `ws`. */
function sinkOf(socket: WebSocket, raw: Socket): Sink {
  let hasAnswered = true;
  socket.on("pong", () => {
    hasAnswered = true;
  });
  return {
    write: (bytes) => socket.readyState !== socket.OPEN || raw.write(bytes),
    beat: () => {
      if (!hasAnswered) return socket.terminate();
      hasAnswered = false;
      socket.ping();
    },
    end: () => socket.close(GOING_AWAY, "the server is shutting down"),
    destroy: () => socket.terminate(),
  };
}

function answer(socket: WebSocket, text: StreamAnswer): void {
  if (socket.bufferedAmount > ANSWER_BYTES_MAX) socket.terminate();
  else socket.send(jsonText(text));
}

/** Carries out the message. Never throws: a fault of the message is the answer. */
function obey(text: string | undefined, client: Subscriber, stream: StreamHub): StreamAnswer {
  try {
    const { unsubscribe = [], subscribe = [], types, since } = parseMessage(text);
    if (subscribe.length === 0 && (types !== undefined || since !== undefined)) {
      throw invalid("message must have subscribe if it has types or since");
    }
    const count = new Set([...client.selection.without(unsubscribe).keys, ...subscribe]).size;
    if (count > SUBSCRIPTIONS_MAX) {
      throw invalid(`at most ${SUBSCRIPTIONS_MAX} agents can be subscribed to, got ${count}`);
    }
    const position = since === undefined ? undefined : parsePosition(String(since));
    const after = position === undefined ? stream.seq : client.resumeAfter(position);
    const subscription = { types: types && new Set(types), after };
    client.select((selection) => selection.without(unsubscribe).with(subscribe, subscription));
    return { subscribed: client.selection.keys, epoch: stream.epoch, seq: stream.seq };
  } catch (error) {
    const { code, message } = toErrorData(error);
    return { error: { code, message } };
  }
}

function parseMessage(text: string | undefined): StreamMessage {
  const value = parseJson(text ?? "");
  if (value === undefined) throw invalid("message must be JSON text");
  if (messageCheck.Check(value)) return value;
  throw invalid(faultOf("message", value, messageCheck));
}

function invalid(message: string): TroupeError {
  return new TroupeError("REQUEST_INVALID", message);
}
