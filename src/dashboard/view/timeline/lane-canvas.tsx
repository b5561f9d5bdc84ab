/** The lanes: a canvas that takes the pointer and the keys, and tells what has the focus as text. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { TimelineReader } from "../../link/timeline-reader.ts";
import { timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import type { Lane } from "../../state/timeline-lanes.ts";
import { shownTime } from "../../state/timeline-view.ts";
import { textScale } from "../../theme.ts";
import { LaneFocus } from "./lane-focus.ts";
import { handleKey } from "./lane-keys.ts";
import { LanePainter } from "./lane-painter.ts";
import { handleClick, handleWheel, placeOf } from "./lane-pointer.ts";
import { describeAt, describeFocus } from "./lane-words.ts";

interface LaneCanvasProps {
  readonly reader: TimelineReader;
  readonly lanes: readonly Lane[];
}

interface Hint {
  readonly x: number;
  readonly y: number;
  readonly text: readonly string[];
}

export function LaneCanvas({ reader, lanes }: LaneCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const focus = useMemo(() => new LaneFocus(reader), [reader]);
  const painter = useMemo(() => new LanePainter(reader, focus), [reader, focus]);
  const [hint, setHint] = useState<Hint | null>(null);
  painter.lanes = lanes;
  focus.lanes = lanes;
  usePainter(canvas, painter, reader);
  const pointAt = (event: PointerEvent) => {
    const { x, y } = placeOf(event);
    const text = describeAt(painter.scene, x, y);
    setHint(text === null ? null : { x: event.offsetX, y: event.offsetY, text });
  };
  return (
    <div class="lane-canvas">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it has keys of its own */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={`Timeline of ${lanes.length} ${lanes.length === 1 ? "lane" : "lanes"}`}
        aria-describedby="timeline-focus"
        onFocus={() => focus.begin()}
        onKeyDown={(event) => handleKey(event, painter, focus)}
        onClick={(event) => handleClick(event, painter, focus)}
        onPointerMove={pointAt}
        onPointerLeave={() => setHint(null)}
      />
      {hint !== null && <HintBox hint={hint} width={canvas.current?.clientWidth ?? 0} />}
      <p class="lane-focus" id="timeline-focus" role="status">
        {describeFocus(focus)}
      </p>
    </div>
  );
}

/** Paints as long as the canvas is there. */
function usePainter(
  canvas: { readonly current: HTMLCanvasElement | null },
  painter: LanePainter,
  reader: TimelineReader,
): void {
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    painter.attach(element);
    // Not passive: the wheel zooms instead of scrolling.
    const onWheel = (event: WheelEvent) => handleWheel(event, painter);
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("wheel", onWheel);
      painter[Symbol.dispose]();
    };
  }, [painter]);
  const { spanMs, endAt } = timelineView.value;
  useEffect(() => {
    reader.show(() => shownTime(timelineView.peek(), timeNow()));
  }, [reader, spanMs, endAt]);
}

const HINT_WIDTH = 240;

function HintBox({ hint, width }: { readonly hint: Hint; readonly width: number }) {
  const left = Math.max(4, Math.min(hint.x + 14, width - HINT_WIDTH * textScale.value));
  const [head, ...lines] = hint.text;
  return (
    <div
      class="lane-hint"
      aria-hidden="true"
      style={{ left: `${left}px`, top: `${hint.y + 18}px` }}
    >
      <strong>{head}</strong>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </div>
  );
}
