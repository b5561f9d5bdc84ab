/** Holds the ways in to the declared actions: REST, its document, command line, library and `top` have each of them. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProgram } from "../src/cli/cli.ts";
import { press } from "../src/cli/top/keys.ts";
import { listAgents, wholeList } from "../src/cli/top/list-view.ts";
import { firstState } from "../src/cli/top/state.ts";
import { ActionVerbs } from "../src/fleet/action-verbs.ts";
import { type NewAction, parseAction } from "../src/model/action.ts";
import {
  actions,
  capitalize,
  type DeclaredAction,
  keyedActions,
  plainActions,
} from "../src/model/actions/action-registry.ts";
import { type ActionView, type EffectView, viewEffect } from "../src/model/agent-view.ts";
import { FleetPicture } from "../src/picture/fleet-picture.ts";
import { toRow } from "../src/queue/enqueue.ts";
import { agentView } from "./cli/top/agent-views.ts";
import { Control } from "./support/control.ts";
import { effectRow } from "./support/sample-rows.ts";
import { makeTempFolder, type TempFolder } from "./support/temp-folder.ts";
import { seedTracedAgent } from "./support/traced-agent.ts";

let folder: TempFolder;
let control: Control;
/** The id of an effect that can be resolved. */
let unknownId: string;
beforeAll(async () => {
  folder = await makeTempFolder();
  unknownId = (await seedTracedAgent(folder.path, "tracer")).unknown.effect_id;
  control = await Control.start({ folder: folder.path });
});
afterAll(async () => {
  await control.close();
  await folder[Symbol.asyncDispose]();
});

const cases = actions.map((action) => [action.name, action] as const);

/** As much of a payload as must be there, without what the path has. */
function leastPayload({ about, payload }: DeclaredAction): Readonly<Record<string, unknown>> {
  const required = (payload.required ?? []).filter(
    (name) => about !== "effect" || name !== "effect_id",
  );
  return Object.fromEntries(
    required.map((name) => [name, payload.properties[name]?.enum?.[0] ?? {}]),
  );
}

function pathOf({ about, word }: DeclaredAction): string {
  switch (about) {
    case "newAgent":
      return "/api/agents";
    case "agent":
      return `/api/agents/{agent_id}/${word}`;
    case "effect":
      return `/api/effects/{effect_id}/${word}`;
    case "environment":
      return `/api/environment/${word}`;
  }
}

/** The group of its command, and the first word of its verb. */
function subjectOf({ about }: DeclaredAction): "agent" | "effect" | "environment" {
  return about === "newAgent" ? "agent" : about;
}

describe("REST", () => {
  test.each(cases)("has a route of %s", async (name, action) => {
    const path = pathOf(action).replace("{agent_id}", "nobody").replace("{effect_id}", unknownId);
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
    const fields = Object.keys(action.payload.properties).filter((name) => name !== "effect_id");
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(fields));
  });
});

test.each(cases)("the command line has a command for %s", async (_name, action) => {
  const program = await makeProgram(() => async () => undefined, []);
  const { word } = action;
  const subject = subjectOf(action);
  const group = subject === "environment" ? "env" : subject;
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
  async effectFind(effect_id: string): Promise<EffectView> {
    return viewEffect(effectRow({ effect_id, state: "unknown" }));
  }
  protected async release(): Promise<void> {}
}

type AnyVerb = (...given: readonly unknown[]) => Promise<string>;

test.each(cases)("the library has a verb for %s", async (name, action) => {
  const verbs = new Verbs();
  const verb = `${subjectOf(action)}${capitalize(action.word)}`;
  const call = (verbs as unknown as Readonly<Record<string, AnyVerb>>)[verb]?.bind(verbs);
  const isPlain = plainActions.some((plain) => plain.name === name);
  expect(call).toBeTypeOf("function");
  const ids = action.about === "environment" ? [] : ["agent1"];
  const given = isPlain ? "lunch" : leastPayload(action);
  expect(await call?.(...ids, "user", given)).toBe("id0");
  const [request] = verbs.enqueued;
  if (request === undefined) throw new Error("nothing was enqueued");
  const parsed = parseAction(toRow(request, 1));
  expect(parsed).toMatchObject({ action: name, actor: "user" });
  if (isPlain) expect(parsed).toMatchObject({ agentId: "agent1", payload: { reason: "lunch" } });
});

test("no two actions have the same name, word of their kind, or key", () => {
  const keys = keyedActions.map(({ key }) => key);
  const words = actions.map((action) => `${subjectOf(action)} ${action.word}`);
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
    expect(asksFirst ? state.prompt : effect).toMatchObject({ agentIds: ["agent1"] });
  },
);
