/**
 * A client of the stream: its selection, the last event sent, and its gap. A client that resumes is sent
 * kept events first, then the chunks of its group. If too much waits, because it reads slowly, all of it
 * is dropped, and one `gap` reports that.
 */

import { Buffer } from "node:buffer";
import type { EventBus } from "../../event-bus.ts";
import type { EventData, Gap, TroupeEvent } from "../../model/event.ts";
import type { Position } from "../../model/stream.ts";
import { eventId, eventJson, type FrameFormat } from "./frame.ts";
import { CHUNK_BYTES_MAX, type Chunk, type Group, type Member } from "./group.ts";
import { Subscriptions } from "./subscription.ts";

/** Kept events read in one turn. */
const REPLAY_EVENTS_AT_ONCE = 500;

/** A client's connection. */
export interface Sink {
  /** False: no more until {@link Subscriber.drained}. These bytes are accepted in any case. */
  write(bytes: Buffer): boolean;
  /** Sends a sign of life, and checks for the client's if it can. */
  beat(): void;
  /** Ends the connection in order. */
  end(): void;
  /** Cuts the connection. */
  destroy(): void;
}

/** The hub, for its clients. */
export interface ClientDesk {
  readonly events: Pick<EventBus, "seq" | "forgottenSeq" | "since">;
  readonly epoch: number;
  /** Joins the group with this selection; every published event is in its tail. */
  join(member: Member, format: FrameFormat, selection: Subscriptions): Group;
  leave(member: Member, group: Group): void;
  /** Puts published events into the group's tail. */
  seal(group: Group): void;
  /** There is something to send: {@link Subscriber.send} must be called soon. */
  onReady(client: Subscriber): void;
  onGap(reason: Gap["reason"]): void;
  onClosed(client: Subscriber): void;
}

export class Subscriber implements Member {
  readonly #desk: ClientDesk;
  readonly #sink: Sink;
  readonly #format: FrameFormat;
  #selection = new Subscriptions();
  /** Kept events after this one are sent before the group's; undefined without any. */
  #replayFrom: number | undefined;
  #group: Group | undefined;
  /** The group's last chunk that was sent; undefined if later ones were dropped. */
  #sent: Chunk | undefined;
  /** The newest event when it joined the group. */
  #joinedAt = 0;
  /** Sent before anything else; open-ended while more is being dropped. */
  #gap: OpenGap | undefined;
  /** When the sink stopped accepting, on the clock of `performance.now()`. */
  #blockedAt: number | undefined;
  /** Nothing more is sent. */
  #isEnding = false;
  #isClosed = false;

  constructor(desk: ClientDesk, sink: Sink, format: FrameFormat) {
    this.#desk = desk;
    this.#sink = sink;
    this.#format = format;
  }

  get selection(): Subscriptions {
    return this.#selection;
  }

  /** Changes the selection. Kept events of the old one are sent first. */
  select(change: (current: Subscriptions) => Subscriptions): void {
    this.#rejoinAfterGap();
    const current = this.#selection.from(this.#flush());
    this.#leave();
    this.#selection = change(current);
    this.#begin();
  }

  /** Returns the number up to which all selected events were sent or dropped. */
  #flush(): number {
    if (this.#group !== undefined) this.#desk.seal(this.#group);
    // Live events cannot be sent later: they go now, as far as the sink accepts them.
    while (this.send());
    if (this.#replayFrom !== undefined) return this.#replayFrom;
    const hasAll = this.#sent === undefined || this.#sent === this.#group?.tail;
    return hasAll ? this.#desk.events.seq : this.#lastSent;
  }

  /**
   * The number after which events are sent to a client that has seen `position`. A gap is reported if
   * some in between are gone.
   */
  resumeAfter({ epoch, seq }: Position): number {
    const { events } = this.#desk;
    const before_seq = events.forgottenSeq + 1;
    if ((epoch ?? this.#desk.epoch) !== this.#desk.epoch || seq > events.seq) {
      this.#miss({ after_seq: 0, before_seq, reason: "restarted" });
    } else if (seq < events.forgottenSeq) {
      this.#miss({ after_seq: seq, before_seq, reason: "expired" });
    } else {
      return seq;
    }
    return events.forgottenSeq;
  }

  onChunk(newest: Chunk, limits: { readonly events: number; readonly bytes: number }): void {
    if (this.#sent === undefined) return; // dropped already
    const events = newest.begin.events - this.#sent.end.events;
    const bytes = newest.begin.bytes - this.#sent.end.bytes;
    if (events > limits.events || bytes > limits.bytes) {
      this.#miss({ after_seq: this.#lastSent, reason: "slow" });
      this.#sent = undefined;
    }
    this.#desk.onReady(this);
  }

  /** Sends one piece. Returns true if there may be more and the sink accepts it. */
  send(): boolean {
    if (this.#isEnding || this.#blockedAt !== undefined) return false;
    const bytes = this.#take();
    if (bytes === undefined) return false;
    if (!this.#sink.write(bytes)) this.#blockedAt = performance.now();
    return this.#blockedAt === undefined;
  }

  /** The sink accepts more. */
  drained(): void {
    this.#blockedAt = undefined;
    this.#desk.onReady(this);
  }

  /** Must be called every few seconds. @param stuckMsMax how long the sink may accept nothing */
  beat(stuckMsMax: number): void {
    if (this.#blockedAt === undefined) this.#sink.beat();
    else if (performance.now() - this.#blockedAt > stuckMsMax) this.#sink.destroy();
  }

  end(): void {
    this.#isEnding = true;
    this.#sink.end();
  }

  destroy(): void {
    this.#sink.destroy();
  }

  /** The connection is gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isEnding = true;
    this.#leave();
    this.#desk.onClosed(this);
  }

  #begin(): void {
    if (this.#selection.size === 0 || this.#isClosed) return;
    const { seq } = this.#desk.events;
    if (this.#selection.after >= seq) this.#join();
    else this.#replayFrom = this.#selection.after;
    this.#desk.onReady(this);
  }

  #join(): void {
    this.#replayFrom = undefined;
    this.#group = this.#desk.join(this, this.#format, this.#selection);
    this.#sent = this.#group.tail;
    this.#joinedAt = this.#desk.events.seq;
  }

  #leave(): void {
    if (this.#group !== undefined) this.#desk.leave(this, this.#group);
    this.#group = undefined;
    this.#sent = undefined;
    this.#replayFrom = undefined;
  }

  get #lastSent(): number {
    return Math.max(this.#joinedAt, this.#sent?.lastSeq ?? 0);
  }

  #take(): Buffer | undefined {
    const gap = this.#takeGap();
    if (gap !== undefined) return gap;
    const replayed = this.#takeReplay();
    if (replayed !== undefined) return replayed;
    const chunk = this.#sent?.next;
    if (chunk !== undefined) this.#sent = chunk;
    return chunk?.bytes;
  }

  #takeGap(): Buffer | undefined {
    this.#rejoinAfterGap();
    if (this.#gap?.before_seq === undefined) return undefined;
    const { after_seq, before_seq, reason } = this.#gap;
    this.#gap = undefined;
    const data: EventData["gap"] = { after_seq, before_seq, reason };
    return this.#frame({ seq: before_seq - 1, type: "gap", time: Date.now(), data });
  }

  /** Joins the group again, which ends the gap. */
  #rejoinAfterGap(): void {
    if (this.#gap === undefined || this.#gap.before_seq !== undefined) return;
    this.#leave();
    this.#join();
    this.#gap = { ...this.#gap, before_seq: this.#desk.events.seq + 1 };
  }

  #takeReplay(): Buffer | undefined {
    while (this.#replayFrom !== undefined) {
      const events = this.#desk.events.since(this.#replayFrom, REPLAY_EVENTS_AT_ONCE);
      if (events === undefined) {
        this.#miss({ after_seq: this.#replayFrom, reason: "slow" });
        return this.#takeGap();
      }
      if (events.length === 0) this.#join();
      const frames = this.#framesOf(events);
      if (frames.length > 0) return Buffer.concat(frames);
    }
    return undefined;
  }

  /** Frames of the selected events, up to the size of a chunk. */
  #framesOf(events: readonly TroupeEvent[]): readonly Buffer[] {
    const frames: Buffer[] = [];
    let bytes = 0;
    for (const event of events) {
      this.#replayFrom = event.seq;
      if (!this.#selection.wantsPast(event)) continue;
      const frame = this.#frame(event);
      frames.push(frame);
      bytes += frame.length;
      if (bytes >= CHUNK_BYTES_MAX) break;
    }
    return frames;
  }

  #frame(event: TroupeEvent): Buffer {
    return this.#format(eventJson(event), eventId(this.#desk.epoch, event.seq));
  }

  /** Nothing has been sent after a gap that waits, so one frame can report both. */
  #miss(gap: OpenGap): void {
    this.#gap = this.#gap === undefined ? gap : joinGaps(this.#gap, gap);
    this.#desk.onGap(gap.reason);
  }
}

/** Open-ended without `before_seq`: more is being dropped. */
type OpenGap = Omit<Gap, "before_seq"> & Partial<Pick<Gap, "before_seq">>;

/** The reason that demands the most of the client is last: after a restart it knows nothing. */
const reasons: readonly Gap["reason"][] = ["slow", "expired", "restarted"];

/** The gap that has all that either misses. */
function joinGaps(one: OpenGap, other: OpenGap): OpenGap {
  const after_seq = Math.min(one.after_seq, other.after_seq);
  const [first, second] = [one, other].map(({ reason }) => reasons.indexOf(reason)) as [
    number,
    number,
  ];
  const { reason } = first > second ? one : other;
  const gap = { after_seq, reason };
  if (one.before_seq === undefined || other.before_seq === undefined) return gap;
  return { ...gap, before_seq: Math.max(one.before_seq, other.before_seq) };
}
