/** Which lane and which step have the focus, and how it moves. */

import { signal } from "@preact/signals";
import type { TimelineReader } from "../../link/timeline-reader.ts";
import { go } from "../../navigation.ts";
import { timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import type { LaneSpans, Span } from "../../state/lane-spans.ts";
import type { Lane } from "../../state/timeline-lanes.ts";
import { showing, shownTime } from "../../state/timeline-view.ts";

export class LaneFocus {
  readonly #reader: TimelineReader;
  lanes: readonly Lane[] = [];
  /** The number of the step; null = none, or the last one of a lane that continues. */
  readonly step = signal<number | null>(null);

  constructor(reader: TimelineReader) {
    this.#reader = reader;
  }

  get laneIndex(): number {
    return this.lanes.findIndex(({ key }) => key === timelineView.peek().lane);
  }

  get lane(): Lane | undefined {
    return this.lanes[this.laneIndex];
  }

  /** The agent of the lane, if it is the lane of one. */
  get agentId(): string | undefined {
    const { lane } = this;
    return timelineView.peek().lanes === "agent" ? lane?.key : undefined;
  }

  get span(): Span | undefined {
    const { step } = this;
    const spans = this.#spans();
    return step.value === null ? undefined : spans?.at(spans.indexOf(step.value));
  }

  /** The first lane gets the focus if none has it. */
  begin(): void {
    if (this.laneIndex === -1) this.setLane(0);
  }

  setLane(index: number, step: number | null = null): void {
    const at = Math.min(Math.max(index, 0), this.lanes.length - 1);
    const lane = this.lanes[at];
    if (lane === undefined) return;
    this.step.value = step;
    timelineView.value = { ...timelineView.peek(), lane: lane.key };
  }

  /** Moves to the next step, or to the one before; brings it into sight. False if there is none. */
  moveStep(by: 1 | -1): boolean {
    const spans = this.#spans();
    if (spans === undefined || spans.size === 0) return false;
    const now = timeNow();
    const { until } = shownTime(timelineView.peek(), now);
    const current = this.step.peek();
    const last = Math.min(spans.firstEndedSince(until), spans.size - 1);
    const index = current === null ? last : spans.indexOf(current) + by;
    const span = spans.at(index);
    if (span === undefined) return false;
    this.step.value = span.iteration;
    timelineView.value = showing(timelineView.peek(), span.startedAt, now);
    return true;
  }

  /** The first known step of the lane. */
  moveToFirst(): void {
    const span = this.#spans()?.at(0);
    if (span === undefined) return;
    this.step.value = span.iteration;
    timelineView.value = showing(timelineView.peek(), span.startedAt, timeNow());
  }

  /** The step at a time, or the nearest one within `slackMs`. */
  findStep(laneIndex: number, time: number, slackMs: number): Span | undefined {
    const lane = this.lanes[laneIndex];
    if (lane === undefined || lane.agents.length !== 1) return undefined;
    const spans = this.#reader.spans.of(lane.agents[0]?.id ?? "");
    return spans === undefined ? undefined : spanAt(spans, time, slackMs);
  }

  /** Opens the agent's page, with the step that has the focus. */
  open(): void {
    const id = this.agentId;
    if (id !== undefined) go({ page: "agent", id }, this.step.peek());
  }

  #spans(): LaneSpans | undefined {
    const id = this.agentId;
    return id === undefined ? undefined : this.#reader.spans.of(id);
  }
}

export function spanAt(spans: LaneSpans, time: number, slackMs: number): Span | undefined {
  const index = spans.firstEndedSince(time);
  const near = [spans.at(index - 1), spans.at(index)].filter((span) => span !== undefined);
  const distance = ({ startedAt, endedAt }: Span) => Math.max(0, startedAt - time, time - endedAt);
  const [nearest] = near.sort((one, other) => distance(one) - distance(other));
  return nearest !== undefined && distance(nearest) <= slackMs ? nearest : undefined;
}
