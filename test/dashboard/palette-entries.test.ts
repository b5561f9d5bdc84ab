import { expect, test } from "vitest";
import { type PaletteWorld, paletteOffer } from "../../src/dashboard/state/palette-entries.ts";
import { agentPause } from "../../src/model/actions/agent-pause.ts";
import { viewAgent } from "../../src/model/agent-view.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { FleetPicture } from "../../src/picture/fleet-picture.ts";
import { standardViews } from "../../src/picture/standard-views.ts";
import { agentRow } from "../support/sample-rows.ts";

const fleet = new FleetPicture();
fleet.read(
  ["tea-10", "tea-9", "my-tea", "cake"].map((id) =>
    viewAgent(agentRow({ agent_id: parseAgentId(id) })),
  ),
  0,
);
const world: PaletteWorld = {
  fleet,
  marked: ["cake"],
  types: ["joke", "toast"],
  views: standardViews,
};

const titles = (text: string, given: Partial<PaletteWorld> = {}) =>
  paletteOffer(text, { ...world, ...given }).entries.map(({ title }) => title);

test("without a text it offers every command, about the marked agents where there are some", () => {
  expect(titles("")).toEqual(expect.arrayContaining(["Pause cake", "Queue", "View: Busiest"]));
  const pause = paletteOffer("", world).entries.find(({ title }) => title === "Pause cake");
  expect(pause).toMatchObject({
    hint: "the marked agent",
    command: { kind: "steer", action: agentPause, targets: { kind: "marked" } },
  });
  expect(titles("", { marked: [] })).toContain("Pause");
  expect(titles("", { marked: ["cake", "tea-9"] })).toContain("Pause 2 agents");
});

test("a first word finds verbs, agents, views and types; an id's start comes first", () => {
  expect(titles("te")).toEqual(["tea-9", "tea-10", "my-tea"]);
  expect(titles("TEA-1")).toEqual(["tea-10"]);
  expect(titles("to")).toEqual(["Create toast"]);
  expect(titles("bus")).toEqual(["View: Busiest"]);
  expect(titles("pa")).toEqual(["Pause cake", "View: Paused"]);
});

test("a whole command comes first, with how many agents it is about", () => {
  expect(titles("pause type=joke")[0]).toBe("Pause 4 agents");
  expect(titles(":pause tea-9")[0]).toBe("Pause tea-9");
  expect(titles('interrupt tea-9 subject="black tea"')[0]).toBe(
    'Interrupt tea-9: {"subject":"black tea"}',
  );
});

test("what may follow completes the text", () => {
  const texts = (text: string) => paletteOffer(text, world).entries.map((entry) => entry.text);
  expect(texts("pause al")).toContain("pause all");
  expect(texts("pause my")).toEqual(["pause my-tea"]);
  expect(texts("pause tea-9 tea-1")).toContain("pause tea-9 tea-10");
  expect(texts("destroy status=pausi")).toEqual(["destroy status=pausing"]);
  expect(texts("create to")).toContain("create toast ");
  expect(texts("view la")).toContain("view Largest");
});

test("a text that leads nowhere says why", () => {
  expect(paletteOffer("pause tea-7", world)).toEqual({ entries: [], error: "no agent tea-7" });
  expect(paletteOffer("xyz", world)).toMatchObject({
    entries: [],
    error: expect.stringMatching(/^xyz is no command; commands are pause, /),
  });
});
