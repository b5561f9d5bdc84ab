/** The requests of the event streams' clients, and the answers to them. */

import Type from "typebox";
import type { ErrorData } from "./error-data.ts";
import type { EventType } from "./event.ts";
import { eventTypes } from "./event-types.ts";
import { AgentIdText } from "./request.ts";
import { patternOf } from "./schema-words.ts";

/** Most agents that one client may name. */
export const SUBSCRIPTIONS_MAX = 1_000;
/** Most bytes of one message of a client. */
export const MESSAGE_BYTES_MAX = 256 * 1024;

/** Stands for all agents, and for events without one. */
export const EVERYTHING = "*";

/** `<epoch>-<seq>`, as in the streams, or a plain `seq`, which means this start of the process. */
export const PositionText = Type.String({
  ...patternOf(
    "^(\\d{1,15}-)?\\d{1,15}$",
    "the form <epoch>-<seq> or <seq>, each of 1 to 15 digits",
  ),
  description: "id of an event; the stream continues after it",
});

/** The last event that a client has; without an epoch it is of this start of the process. */
export interface Position {
  readonly epoch?: number;
  readonly seq: number;
}

/** Parses a text that {@link PositionText} allows. Pure. */
export function parsePosition(text: string): Position {
  const numbers = text.split("-").map(Number);
  const [first = 0, seq] = numbers;
  return seq === undefined ? { seq: first } : { epoch: first, seq };
}

/** One word, several separated by commas, or a repeated parameter. */
const Words = (description: string) =>
  Type.Union([Type.String(), Type.Array(Type.String())], { description });

/** `GET /api/events`. */
export const EventsQuery = Type.Object(
  {
    /** Left out: everything. */
    agent_id: Type.Optional(Words("only events of these agents, separated by commas")),
    /** Left out: all types. */
    types: Type.Optional(Words("only events of these types, separated by commas")),
    token: Type.Optional(
      Type.String({ description: "for clients that cannot set `Authorization`" }),
    ),
  },
  { additionalProperties: false },
);

/** `GET /api/ws`; clients subscribe with messages. */
export const SocketQuery = Type.Object(
  { token: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

const Key = Type.Union([Type.Literal(EVERYTHING), AgentIdText]);
const Keys = Type.Array(Key, { minItems: 1, maxItems: SUBSCRIPTIONS_MAX });

/** A client's message on `/api/ws`. `unsubscribe` takes effect before `subscribe`. */
export type StreamMessage = Type.Static<typeof StreamMessage>;
export const StreamMessage = Type.Object(
  {
    unsubscribe: Type.Optional(Keys),
    subscribe: Type.Optional(Keys),
    /** For the agents in this message's `subscribe`: only these types; left out: all. */
    types: Type.Optional(Type.Array(Type.Enum([...eventTypes]), { minItems: 1 })),
    /** For the agents in this message's `subscribe`: kept events after this one are sent first. */
    since: Type.Optional(Type.Union([PositionText, Type.Integer({ minimum: 0 })])),
  },
  { additionalProperties: false, minProperties: 1 },
);

/** The answer of `/api/ws` to a message; all else that it sends is an event, with a `type`. */
export type StreamAnswer =
  | {
      /** All that is subscribed now. */
      readonly subscribed: readonly string[];
      readonly epoch: number;
      /** The newest event of all. */
      readonly seq: number;
    }
  | { readonly error: Pick<ErrorData, "code" | "message"> };

/** Splits words of an {@link EventsQuery}. Pure. */
export function wordsOf(given: string | readonly string[] | undefined): readonly string[] {
  const texts = typeof given === "string" ? [given] : (given ?? []);
  return texts.flatMap((text) => text.split(",")).filter((word) => word !== "");
}

export function isEventType(text: string): text is EventType {
  return eventTypes.some((type) => type === text);
}
