/** What REST says of its answers is what the types say: the compiler holds the two equal. */

import type { Static } from "typebox";
import { Check } from "typebox/value";
import { expect, test } from "vitest";
import {
  type ActionView,
  type AgentView,
  type DatabaseView,
  viewAction,
} from "../../src/model/agent-view.ts";
import type { AgentId } from "../../src/model/ids.ts";
import {
  ActionViewSchema,
  AgentViewSchema,
  type DatabaseViewSchema,
  type Problem,
  type ProblemSchema,
  type Receipt,
  type ReceiptSchema,
  StepSchema,
} from "../../src/model/response.ts";
import type { StepRow } from "../../src/model/step.ts";
import { agentRow, stepRow } from "../cli/sample-rows.ts";
import { pendingAction } from "../support/rows.ts";

/** A type as JSON has it: no brand, nothing readonly. */
type Plain<T> = T extends AgentId
  ? string
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { -readonly [K in keyof T]: Plain<T[K]> }
      : T;

type IsSame<A, B> = [Plain<A>, Plain<B>] extends [Plain<B>, Plain<A>] ? true : false;

test("schemas and types of answers are the same", () => {
  const areSame: readonly true[] = [
    true satisfies IsSame<Static<typeof AgentViewSchema>, AgentView>,
    true satisfies IsSame<Static<typeof ActionViewSchema>, ActionView>,
    true satisfies IsSame<Static<typeof StepSchema>, StepRow>,
    true satisfies IsSame<Static<typeof DatabaseViewSchema>, DatabaseView>,
    true satisfies IsSame<Static<typeof ReceiptSchema>, Receipt>,
    true satisfies IsSame<Static<typeof ProblemSchema>, Problem>,
  ];
  expect(areSame).not.toContain(false);
});

test("what is stored is what the schemas say", () => {
  const action = viewAction(pendingAction({ agent_id: null, payload: "no JSON" }));
  expect(Check(ActionViewSchema, action)).toBe(true);
  expect(Check(AgentViewSchema, { ...agentRow("a"), live: null })).toBe(true);
  expect(Check(StepSchema, stepRow("a"))).toBe(true);
});
