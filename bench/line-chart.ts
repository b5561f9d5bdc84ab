/**
 * Lines over time as an SVG, one panel below the other, for the soak. By hand, because packages for
 * charts need a browser.
 */

export interface Panel {
  readonly title: string;
  readonly unit: string;
  /** One value for each sample. */
  readonly values: readonly number[];
}

const WIDTH = 760;
const PANEL_HEIGHT = 130;
const LEFT = 70;
const RIGHT = 20;
const TOP = 26;
const BOTTOM = 18;

/** @param seconds when each sample was taken, from the start */
export function lineChart(
  title: string,
  seconds: readonly number[],
  panels: readonly Panel[],
): string {
  const height = 30 + panels.length * PANEL_HEIGHT;
  const body = panels.map((panel, n) => drawPanel(panel, seconds, 30 + n * PANEL_HEIGHT));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${LEFT}" y="20" font-size="14">${asXml(title)}</text>
${body.join("\n")}
</svg>
`;
}

function drawPanel({ title, unit, values }: Panel, seconds: readonly number[], y: number): string {
  const greatest = Math.max(...values, 1e-9);
  const last = seconds.at(-1) ?? 1;
  const bottom = y + PANEL_HEIGHT - BOTTOM;
  const x = (at: number) => LEFT + (at / last) * (WIDTH - LEFT - RIGHT);
  const scale = (value: number) => bottom - (value / greatest) * (PANEL_HEIGHT - TOP - BOTTOM);
  const points = values.map(
    (value, n) => `${x(seconds[n] ?? 0).toFixed(1)},${scale(value).toFixed(1)}`,
  );
  return `<text x="${LEFT}" y="${y + 16}">${asXml(title)}</text>
<text x="${LEFT - 6}" y="${y + TOP + 4}" text-anchor="end">${round(greatest)} ${unit}</text>
<text x="${LEFT - 6}" y="${bottom}" text-anchor="end">0</text>
<text x="${WIDTH - RIGHT}" y="${bottom + 13}" text-anchor="end">${round(last)} s</text>
<path d="M${LEFT} ${y + TOP}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="#bbb"/>
<polyline points="${points.join(" ")}" fill="none" stroke="#2563eb" stroke-width="1.3"/>`;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function asXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
