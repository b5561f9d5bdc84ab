/** What clients of the event streams say and are answered. */

import Type from "typebox";
import type { ErrorData } from "./error-data.ts";
import type { EventType } from "./event.ts";
import { eventTypes } from "./event-schema.ts";
import { AgentIdText } from "./request.ts";

/** Agents that one client may name. */
export const SUBSCRIPTIONS_MAX = 1_000;
/** Bytes of one message of a client. */
export const MESSAGE_BYTES_MAX = 256 * 1024;

/** Stands for all agents, and for what concerns none. */
export const EVERYTHING = "*";

/** `<epoch>-<seq>`, as the streams give it, or a plain `seq`, which means this start of the process. */
export const PositionText = Type.String({
  pattern: "^(\\d{1,15}-)?\\d{1,15}$",
  description: "the id of an event: those after it follow",
});

/** An event that somebody has seen; the epoch is left out by whoever means this one. */
export interface Position {
  readonly epoch?: number;
  readonly seq: number;
}

/** Reads a text that {@link PositionText} allows. Pure. */
export function parsePosition(text: string): Position {
  const numbers = text.split("-").map(Number);
  const [first = 0, seq] = numbers;
  return seq === undefined ? { seq: first } : { epoch: first, seq };
}

/** One of them, several parted by commas, or the name repeated. */
const Words = (description: string) =>
  Type.Union([Type.String(), Type.Array(Type.String())], { description });

/** `GET /api/events`. */
export const EventsQuery = Type.Object(
  {
    /** Left out: everything. */
    agent_id: Type.Optional(Words("of these agents alone, parted by commas")),
    /** Left out: all types. */
    types: Type.Optional(Words("of these types alone, parted by commas")),
    token: Type.Optional(
      Type.String({ description: "for clients that cannot set `Authorization`" }),
    ),
  },
  { additionalProperties: false },
);

/** `GET /api/ws`; what is wanted is said in messages. */
export const SocketQuery = Type.Object(
  { token: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

const Key = Type.Union([Type.Literal(EVERYTHING), AgentIdText]);
const Keys = Type.Array(Key, { minItems: 1, maxItems: SUBSCRIPTIONS_MAX });

/** A client's message on `/api/ws`. Where it unsubscribes and subscribes, it does so in this order. */
export type StreamMessage = Type.Static<typeof StreamMessage>;
export const StreamMessage = Type.Object(
  {
    unsubscribe: Type.Optional(Keys),
    subscribe: Type.Optional(Keys),
    /** Of what is subscribed in this message; left out: all. */
    types: Type.Optional(Type.Array(Type.Enum([...eventTypes]), { minItems: 1 })),
    /** Of what is subscribed in this message, kept events after this one are sent first. */
    since: Type.Optional(Type.Union([PositionText, Type.Integer({ minimum: 0 })])),
  },
  { additionalProperties: false, minProperties: 1 },
);

/** What `/api/ws` answers to a message; everything else that it sends is an event, with a `type`. */
export type StreamAnswer =
  | {
      /** All that is subscribed now. */
      readonly subscribed: readonly string[];
      readonly epoch: number;
      /** The newest event of all. */
      readonly seq: number;
    }
  | { readonly error: Pick<ErrorData, "code" | "message"> };

/** Splits what {@link EventsQuery} allows. Pure. */
export function wordsOf(given: string | readonly string[] | undefined): readonly string[] {
  const texts = typeof given === "string" ? [given] : (given ?? []);
  return texts.flatMap((text) => text.split(",")).filter((word) => word !== "");
}

export function isEventType(text: string): text is EventType {
  return eventTypes.some((type) => type === text);
}
