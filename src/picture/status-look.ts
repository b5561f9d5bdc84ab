/** How each status of an agent looks: its place in lists, its tone and its sign. */

import type { AgentStatus } from "../model/agent.ts";

/** A tone has a colour, and is never shown by the colour alone. */
export type Tone = "good" | "busy" | "held" | "bad" | "idle";

interface StatusLook {
  readonly tone: Tone;
  /** Its icon on the page, a path on a field of 16 by 16. Each is different, for readers who do not see colours. */
  readonly sign: string;
}

/** In the order of lists and filters: trouble first, then agents that wait for a person, ended ones last. */
export const statusLooks: Readonly<Record<AgentStatus, StatusLook>> = {
  error: {
    tone: "bad",
    sign: "M8 1.5 15 14H1Zm-.8 4.3v4.2h1.6V5.8Zm0 5.2v1.6h1.6V11Z",
  },
  restarting: {
    tone: "busy",
    sign: "M8 3a5 5 0 0 1 4 2V3h1.8v5H9V6.2h2A3.2 3.2 0 1 0 11.2 9H13A5 5 0 1 1 8 3Z",
  },
  starting: {
    tone: "busy",
    sign: "M8 2a6 6 0 0 1 6 6h-2a4 4 0 0 0-4-4Zm-5.9 4.9 2 .4a4 4 0 0 0 3.2 4.6l-.4 2a6 6 0 0 1-4.8-7Z",
  },
  stopping: {
    tone: "idle",
    sign: "M3.5 3.5h9v9h-9Zm1.6 1.6v5.8h5.8V5.1Z",
  },
  pausing: {
    tone: "held",
    sign: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 1.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8ZM6 5.8h1.4v4.4H6Zm2.6 0H10v4.4H8.6Z",
  },
  paused: {
    tone: "held",
    sign: "M4 3h3v10H4Zm5 0h3v10H9Z",
  },
  running: {
    tone: "good",
    sign: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm-1.6 3.4L11 8l-4.6 2.6Z",
  },
  stopped: {
    tone: "idle",
    sign: "M4 4h8v8H4Z",
  },
};
