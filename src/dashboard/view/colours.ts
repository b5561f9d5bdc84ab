/** The page's colours for a canvas, which does not know custom properties. */

import { textScale } from "../theme.ts";

const names = [
  "surface",
  "sunken",
  "line",
  "line-soft",
  "text",
  "text-soft",
  "text-faint",
  "accent",
  "accent-wash",
  "good",
  "busy",
  "held",
  "bad",
  "idle",
] as const;

export type Colours = Readonly<Record<(typeof names)[number], string>> & {
  readonly font: string;
  /** Stripes over the time in which an agent was paused. */
  readonly hatch: CanvasPattern | string;
};

/** What is painted on, and with what. */
export interface Canvas {
  readonly context: CanvasRenderingContext2D;
  readonly colours: Colours;
}

const STRIPE = 7;

/** The browser resolves the colours of the current theme. */
export function readColours(element: HTMLElement): Colours {
  const probe = document.createElement("span");
  // Otherwise all colours are that of the text if the reader forces colours.
  probe.style.forcedColorAdjust = "none";
  element.append(probe);
  const read = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  const colours = Object.fromEntries(read) as Record<(typeof names)[number], string>;
  const font = getComputedStyle(element).fontFamily;
  return { ...colours, font, hatch: hatchOf(colours.held) };
}

function hatchOf(colour: string): CanvasPattern | string {
  const scale = devicePixelRatio * textScale.peek();
  const tile = document.createElement("canvas");
  tile.width = Math.round(STRIPE * scale);
  tile.height = tile.width;
  const context = tile.getContext("2d");
  if (context === null) return colour;
  context.strokeStyle = colour;
  context.lineWidth = 1.2 * scale;
  const size = tile.width;
  // Three lines, so that the tiles fit together at their corners.
  for (const offset of [-size, 0, size]) {
    context.moveTo(offset, size);
    context.lineTo(offset + size, 0);
  }
  context.stroke();
  const pattern = context.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern ?? colour;
}
