import { expect, test } from "vitest";
import { selectAgents, toRows } from "../../src/dashboard/state/agent-rows.ts";
import { holdOrder, inHeldOrder } from "../../src/dashboard/state/held-order.ts";
import { FleetPicture } from "../../src/picture/fleet-picture.ts";
import { listQueryDefault } from "../../src/picture/list-query.ts";
import { agentView, NOW } from "./sample-agents.ts";

const query = { ...listQueryDefault, sort: "updated", isDescending: true } as const;

function fleetOf(...views: readonly ReturnType<typeof agentView>[]): FleetPicture {
  const fleet = new FleetPicture();
  fleet.read(views, NOW);
  return fleet;
}

const before = fleetOf(
  agentView("agent1", { updated_at: NOW - 1 }),
  agentView("agent2", { updated_at: NOW - 2 }),
  agentView("agent3", { updated_at: NOW - 3 }),
);
const after = fleetOf(
  agentView("agent2", { updated_at: NOW + 3, status: "paused", iteration: 7 }),
  agentView("agent1", { updated_at: NOW + 1 }),
  agentView("agent4", { updated_at: NOW + 9 }),
);

test("held agents keep their places and show their current values; new ones are last", () => {
  const held = holdOrder(query, selectAgents(before.agents, query, NOW));
  const found = selectAgents(after.agents, query, NOW);
  expect(found.map(({ id }) => id)).toEqual(["agent4", "agent2", "agent1"]);
  const shown = inHeldOrder(held, found, (id) => after.find(id));
  expect(shown.map(({ id }) => id)).toEqual(["agent1", "agent2", "agent4"]);
  expect(shown[1]?.iteration).toBe(7);
});

test("held agents stay although the filter no longer lets them through, and in their groups", () => {
  const running = { ...query, statuses: new Set(["running"] as const), isGrouped: true };
  const held = holdOrder(running, selectAgents(before.agents, running, NOW));
  const found = selectAgents(after.agents, running, NOW);
  const shown = inHeldOrder(held, found, (id) => after.find(id));
  const statusOf = ({ id, status }: (typeof shown)[number]) => held.statuses.get(id) ?? status;
  const rows = toRows(shown, true, statusOf);
  expect(rows.map((row) => (row.kind === "agent" ? row.id : row.status))).toEqual([
    "running",
    "agent1",
    "agent2",
    "agent4",
  ]);
});
