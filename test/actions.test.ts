/** Holds the ways in to the declared actions: REST, its document, command line, library and `top` have each of them. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProgram } from "../src/cli/cli.ts";
import { listAgents, wholeList } from "../src/cli/top/list-view.ts";
import { firstState, press } from "../src/cli/top/state.ts";
import { ActionVerbs } from "../src/fleet/action-verbs.ts";
import { type NewAction, parseAction } from "../src/model/action.ts";
import {
  actions,
  capitalize,
  type DeclaredAction,
  keyedActions,
  plainActions,
} from "../src/model/actions/action-registry.ts";
import type { ActionView } from "../src/model/agent-view.ts";
import { FleetPicture } from "../src/picture/fleet-picture.ts";
import { toRow } from "../src/queue/enqueue.ts";
import { agentView } from "./cli/top/agent-views.ts";
import { Control } from "./support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

const cases = actions.map((action) => [action.name, action] as const);

/** As much of a payload as must be there. */
function leastPayload({ payload }: DeclaredAction): Readonly<Record<string, unknown>> {
  return Object.fromEntries((payload.required ?? []).map((name) => [name, {}]));
}

function pathOf({ about, word }: DeclaredAction): string {
  if (about === "newAgent") return "/api/agents";
  return about === "agent" ? `/api/agents/{agent_id}/${word}` : `/api/environment/${word}`;
}

describe("REST", () => {
  test.each(cases)("has a route of %s", async (name, action) => {
    const path = pathOf(action).replace("{agent_id}", "nobody");
    const { status, json } = await control.post(path, leastPayload(action));
    expect(status).toBe(202);
    expect((await control.get(`/api/actions/${json.action_id}`)).json).toMatchObject({
      action: name,
    });
  });

  test.each(cases)("documents %s", async (name, action) => {
    const { json } = await control.get("/openapi.json");
    const operation = json.paths[pathOf(action)]?.post;
    expect(operation).toMatchObject({ summary: action.summary });
    expect(operation.description).toContain(`\`${name}\`: ${action.effect}`);
    const { schema } = operation.requestBody.content["application/json"];
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(Object.keys(action.payload.properties)),
    );
  });
});

test.each(cases)("the command line has a command for %s", async (_name, { about, word }) => {
  const program = await makeProgram(() => async () => undefined, []);
  const group = about === "environment" ? "env" : "agent";
  const commands = program.commands.find((command) => command.name() === group)?.commands ?? [];
  expect(commands.map((command) => command.name())).toContain(word);
});

/** The library's verbs, with what they enqueue. */
class Verbs extends ActionVerbs {
  readonly enqueued: NewAction[] = [];
  protected async append(given: readonly NewAction[]): Promise<readonly string[]> {
    this.enqueued.push(...given);
    return given.map((_, n) => `id${n}`);
  }
  async actionFind(): Promise<undefined> {}
  actionWait(): Promise<ActionView> {
    return Promise.reject(new Error("nothing is carried out"));
  }
  actionCancel(): Promise<ActionView> {
    return Promise.reject(new Error("nothing is carried out"));
  }
  async close(): Promise<void> {}
}

type AnyVerb = (...given: readonly unknown[]) => Promise<string>;

test.each(cases)("the library has a verb for %s", async (name, action) => {
  const verbs = new Verbs();
  const { about, word } = action;
  const verb = `${about === "environment" ? "environment" : "agent"}${capitalize(word)}`;
  const call = (verbs as unknown as Readonly<Record<string, AnyVerb>>)[verb]?.bind(verbs);
  const isPlain = plainActions.some((plain) => plain.name === name);
  expect(call).toBeTypeOf("function");
  const agent = about === "environment" ? [] : ["agent1"];
  expect(await call?.(...agent, "user", isPlain ? "lunch" : {})).toBe("id0");
  const [request] = verbs.enqueued;
  if (request === undefined) throw new Error("nothing was enqueued");
  const parsed = parseAction(toRow(request, 1));
  expect(parsed).toMatchObject({ action: name, actor: "user" });
  if (isPlain) expect(parsed).toMatchObject({ agentId: "agent1", payload: { reason: "lunch" } });
});

test("no two actions have the same name, word of their kind, or key", () => {
  const keys = keyedActions.map(({ key }) => key);
  const words = actions.map(({ about, word }) => `${about === "environment"} ${word}`);
  const names = actions.map(({ name }) => name);
  for (const all of [keys, words, names]) expect(new Set(all).size).toBe(all.length);
});

test.each(keyedActions.map((action) => [action.key, action] as const))(
  "the key %s of top is about the selected agent",
  (text, { asksFirst }) => {
    const fleet = new FleetPicture();
    fleet.read([agentView("agent1")], 0);
    const key = { name: text, text, isCtrl: false };
    const { state, effect } = press(firstState, key, listAgents(fleet.agents, wholeList, 0), 10);
    expect(asksFirst ? state.prompt : effect).toMatchObject({ agentId: "agent1" });
  },
);
