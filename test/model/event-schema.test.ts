import type Type from "typebox";
import { Compile } from "typebox/compile";
import { expect, test } from "vitest";
import { type EventType, eventTypes, type TroupeEvent } from "../../src/model/event.ts";
import { EventSchema } from "../../src/model/event-schema.ts";
import type { AgentId } from "../../src/model/ids.ts";

/** A type without brands and `readonly`. */
type Plain<T> = T extends AgentId
  ? string
  : T extends object
    ? { -readonly [K in keyof T]: Plain<T[K]> }
    : T;

type Described = Type.Static<typeof EventSchema>;

// Does not compile where the schema and the types differ.
const asType = (event: Described): Plain<TroupeEvent> => event;
const asSchema = (event: Plain<TroupeEvent>): Described => event;

test("the schema describes all types of events", () => {
  const described: readonly EventType[] = EventSchema.anyOf.map(
    ({ properties }) => properties.type.const,
  );
  expect(described).toEqual(eventTypes);
});

test("the schema takes an event and refuses what is none", () => {
  const check = Compile(EventSchema);
  const data = { function: "Ask", value: { any: ["thing"] } };
  const event: Described = { seq: 1, type: "llm.partial", time: 0, agent_id: "agent1", data };
  expect(check.Check(asSchema(asType(event)))).toBe(true);
  expect(check.Check({ ...event, data: { value: 1 } })).toBe(false);
  expect(check.Check({ ...event, type: "llm.whole" })).toBe(false);
});
