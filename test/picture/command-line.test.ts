import { describe, expect, it, test } from "vitest";
import { agentInterrupt } from "../../src/model/actions/agent-interrupt.ts";
import { agentPause } from "../../src/model/actions/agent-pause.ts";
import type { AgentRow } from "../../src/model/agent.ts";
import { type AgentView, viewAgent } from "../../src/model/agent-view.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { commandNames, type ReadCommand, readCommand } from "../../src/picture/command-line.ts";
import { findTargets } from "../../src/picture/command-targets.ts";
import { FleetPicture } from "../../src/picture/fleet-picture.ts";
import { everyAgent, listQueryDefault } from "../../src/picture/list-query.ts";
import { agentRow } from "../support/sample-rows.ts";

function agentView(agentId: string, given: Partial<AgentRow> = {}): AgentView {
  return viewAgent(agentRow({ agent_id: parseAgentId(agentId), ...given }));
}

function errorOf(text: string): string {
  const read = readCommand(text);
  if (read.isOk) throw new Error(`${text} was read as ${JSON.stringify(read.command)}`);
  return read.error;
}

function targetsOf(text: string): unknown {
  const read = readCommand(text);
  if (!read.isOk || read.command.kind !== "steer") throw new Error(JSON.stringify(read));
  return read.command.targets;
}

describe("a command that steers", () => {
  it("is about the marked agents, about ids, or about those that filters choose", () => {
    expect(targetsOf("pause")).toEqual({ kind: "marked" });
    expect(targetsOf("pause a1 b-2 a1")).toEqual({ kind: "ids", ids: ["a1", "b-2"] });
    expect(targetsOf("resume all")).toEqual({ kind: "chosen", choice: everyAgent });
    expect(targetsOf('pause type=joke status=running,paused q="two words"')).toMatchObject({
      kind: "chosen",
      choice: { type: "joke", search: "two words", statuses: new Set(["running", "paused"]) },
    });
  });

  it("takes guidance as words or as one JSON object, with an interrupt only", () => {
    const expected: ReadCommand = {
      isOk: true,
      command: {
        kind: "steer",
        action: agentInterrupt,
        targets: { kind: "ids", ids: ["a1"] },
        guidance: { subject: "two dogs" },
      },
    };
    expect(readCommand('interrupt a1 subject="two dogs"')).toEqual(expected);
    expect(readCommand('interrupt a1 {"subject": "two dogs"}')).toEqual(expected);
    expect(readCommand("interrupt all")).toMatchObject({ command: { guidance: null } });
    expect(errorOf("pause a1 subject=dogs")).toBe("pause takes no guidance, got subject");
    expect(errorOf('interrupt a1 x=1 {"y": 2}')).toContain("either words");
    for (const json of ["{", "{]", '{"a": 1} b']) {
      expect(errorOf(`interrupt a1 ${json}`)).toBe("the guidance must be a JSON object");
    }
  });

  it("says what is wrong with its agents", () => {
    expect(errorOf("pause a1 type=joke")).toContain("not several of these");
    expect(errorOf("pause all a1")).toContain("not several of these");
    expect(errorOf("pause status=asleep")).toMatch(
      /^status must be one of .*running.*, got asleep$/,
    );
    expect(errorOf('pause q="two words')).toBe('q="two words needs a closing quote');
    expect(errorOf('pause "a1')).toBe('"a1 needs a closing quote');
    // An empty filter would choose every agent.
    for (const empty of ["q=", 'q=""', 'q=" "', "type=", "status="]) {
      expect(errorOf(`destroy ${empty}`)).toMatch(/^(q|type|status)= needs a value; destroy all/);
    }
    expect(errorOf("pause sort=cpu")).toBe(
      "sort chooses no agents; q, status, type, trouble, cause do",
    );
  });
});

test("a list has the words of the page's address", () => {
  expect(readCommand("type=joke sort=cpu group=status")).toEqual({
    isOk: true,
    command: {
      kind: "list",
      query: {
        ...listQueryDefault,
        type: "joke",
        sort: "cpu",
        isDescending: true,
        isGrouped: true,
      },
    },
  });
  expect(readCommand("list")).toEqual({
    isOk: true,
    command: { kind: "list", query: listQueryDefault },
  });
  expect(errorOf("list colour=red")).toBe("colour is no filter of the list");
  expect(errorOf("list everything")).toBe("list does not take everything");
});

test("the other commands, and what they refuse", () => {
  expect(readCommand(" open a1 ")).toEqual({
    isOk: true,
    command: { kind: "open", agentId: "a1" },
  });
  expect(readCommand('create joke subject="black tea"')).toEqual({
    isOk: true,
    command: { kind: "create", type: "joke", id: null, subject: "black tea" },
  });
  expect(readCommand("save Night shift")).toEqual({
    isOk: true,
    command: { kind: "save", name: "Night shift" },
  });
  expect(readCommand("queue")).toEqual({ isOk: true, command: { kind: "go", place: "queue" } });
  expect(errorOf("")).toBe("type a command");
  expect(errorOf("pasue a1")).toBe(`pasue is no command; commands are ${commandNames.join(", ")}`);
  expect(errorOf("view")).toBe("view needs the name of a view");
  expect(errorOf("create joke tea")).toBe("create does not take tea");
  expect(errorOf("create joke colour=red")).toBe(
    "create takes a type, id= and subject=, got colour",
  );
});

describe("the agents of a command", () => {
  const fleet = new FleetPicture();
  fleet.read(
    [
      agentView("a1"),
      agentView("a2", { status: "paused" }),
      agentView("a3", { status: "stopped" }),
      agentView("a4", { status: "error" }),
      agentView("b1", { agent_type: "tea" }),
    ],
    0,
  );

  function found(text: string, marked: readonly string[] = []): readonly string[] | string {
    const read = readCommand(text);
    if (!read.isOk || read.command.kind !== "steer") throw new Error(JSON.stringify(read));
    const targets = findTargets(read.command, fleet, marked);
    return targets.isOk ? targets.ids : targets.error;
  }

  it("are the living ones of a choice, with those in error if they can be started again", () => {
    expect(found("pause all")).toEqual(["a1", "a2", "b1"]);
    expect(found("destroy all")).toEqual(["a1", "a2", "a4", "b1"]);
    expect(found("pause type=tea")).toEqual(["b1"]);
    expect(found("pause status=stopped")).toEqual(["a3"]);
  });

  it("are the marked ones if none is named", () => {
    expect(found("pause", ["a2"])).toEqual(["a2"]);
    expect(found("pause")).toBe(
      `no agent is marked; ${agentPause.word} takes ids, type=, status=, q= or all`,
    );
  });

  it("must exist", () => {
    expect(found("pause a1 a9")).toBe("no agent a9");
    expect(found("pause type=coffee")).toBe("no agent fits");
  });
});
