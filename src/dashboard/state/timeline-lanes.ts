/** The lanes of the timeline: one for each agent, or for each type or status. Pure. */

import type { AgentPicture } from "../../picture/agent-picture.ts";
import { compareStatus } from "../../picture/status-tone.ts";
import type { LaneKind } from "./timeline-view.ts";

export interface Lane {
  readonly key: string;
  readonly name: string;
  /** One, if lanes are agents. */
  readonly agents: readonly AgentPicture[];
}

/** @param agents in the order of the lanes, if each has its own */
export function lanesOf(agents: readonly AgentPicture[], kind: LaneKind): readonly Lane[] {
  switch (kind) {
    case "agent":
      return agents.map((agent) => ({ key: agent.id, name: agent.id, agents: [agent] }));
    case "type":
      return groupsOf(agents, ({ type }) => type).sort(({ key: one }, { key: other }) =>
        one < other ? -1 : 1,
      );
    case "status":
      return groupsOf(agents, ({ status }) => status).sort((one, other) =>
        compareStatus(
          (one.agents[0] as AgentPicture).status,
          (other.agents[0] as AgentPicture).status,
        ),
      );
  }
}

function groupsOf(agents: readonly AgentPicture[], keyOf: (agent: AgentPicture) => string): Lane[] {
  const groups = [...Map.groupBy(agents, keyOf)];
  return groups.map(([key, members]) => ({
    key,
    name: `${key} (${members.length.toLocaleString("en")})`,
    agents: members,
  }));
}

/** Least and most pixels of a lane that shows single steps, and of one that shows an area. */
const LANE_HEIGHT = [22, 34] as const;
const GROUP_HEIGHT = [44, 110] as const;
/** So many times the room for lanes with steps must be exceeded before all are shown as an overview. */
const OVERFLOW_MAX = 3;

export interface LaneLayout {
  readonly laneHeight: number;
  /** Too many lanes for single steps: each is a thin line of a picture of all. */
  readonly isOverview: boolean;
  /** Index of the first lane in sight, and how many are. */
  readonly first: number;
  readonly shown: number;
}

export interface LaneRoom {
  readonly count: number;
  readonly height: number;
  readonly kind: LaneKind;
  /** The lane that must be in sight; -1 = none. */
  readonly focused: number;
  /** The first lane in sight before. */
  readonly first: number;
  /** False if the reader wants single steps however many lanes there are. */
  readonly mayOverview: boolean;
}

export function layLanes(room: LaneRoom): LaneLayout {
  const { count, height, kind, focused, mayOverview } = room;
  const [least, most] = kind === "agent" ? LANE_HEIGHT : GROUP_HEIGHT;
  const laneHeight = Math.min(most, Math.max(least, Math.floor(height / Math.max(1, count))));
  const fitting = Math.max(1, Math.floor(height / laneHeight));
  if (mayOverview && kind === "agent" && count > fitting * OVERFLOW_MAX) {
    return { laneHeight: height / count, isOverview: true, first: 0, shown: count };
  }
  const lastFirst = Math.max(0, count - fitting);
  const seen = focused === -1 ? room.first : Math.max(room.first, focused - fitting + 1);
  const first = Math.min(focused === -1 ? seen : Math.min(seen, focused), lastFirst);
  return {
    laneHeight,
    isOverview: false,
    first: Math.max(0, first),
    shown: Math.min(fitting, count),
  };
}
