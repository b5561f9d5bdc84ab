/** A line of the last minutes without axes. */

interface SparkProps {
  /** What it shows, for screen readers. */
  readonly label: string;
  readonly values: readonly number[];
}

const WIDTH = 180;
const HEIGHT = 30;

export function Spark({ label, values }: SparkProps) {
  const top = Math.max(...values, 0) * 1.15 || 1;
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.map((value, n) => {
    const y = HEIGHT - (value / top) * (HEIGHT - 2);
    return `${(n * step).toFixed(1)},${y.toFixed(1)}`;
  });
  const isLine = points.length > 1;
  return (
    <svg
      class="chart spark"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {isLine && (
        <polygon class="spark-fill" points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />
      )}
      {isLine && <polyline class="spark-line" points={points.join(" ")} />}
    </svg>
  );
}
