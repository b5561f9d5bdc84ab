/** What the shapes on the lanes mean. */

const items: readonly (readonly [shape: string, meaning: string])[] = [
  ["ok", "step"],
  ["error", "failed"],
  ["aborted", "aborted"],
  ["open", "in a step"],
  ["paused", "paused"],
  ["guidance", "guidance"],
  ["restart", "new thread"],
  ["idle", "idle time, folded"],
];

export function TimelineLegend() {
  return (
    <ul class="timeline-legend" aria-label="Legend">
      {items.map(([shape, meaning]) => (
        <li key={shape}>
          <svg class={`shape shape-${shape}`} viewBox="0 0 20 14" aria-hidden="true">
            <Shape name={shape} />
          </svg>
          {meaning}
        </li>
      ))}
      <li class="grow" />
      <li class="timeline-keys">
        <kbd class="key">↑↓</kbd> lane <kbd class="key">←→</kbd> step <kbd class="key">+ −</kbd>{" "}
        zoom <kbd class="key">Shift ←→</kbd> move <kbd class="key">End</kbd> now{" "}
        <kbd class="key">Enter</kbd> open
      </li>
    </ul>
  );
}

function Shape({ name }: { readonly name: string }) {
  switch (name) {
    case "error":
      return <path d="M3 5h3l4-5 4 5h3v9H3Z" />;
    case "aborted":
    case "open":
      return <rect x="3" y="3.5" width="14" height="7" />;
    case "paused":
      return <path d="m1 13 6-12M7 13l6-12M13 13l6-12" />;
    case "guidance":
      return <path d="M5 2h10l-5 9Z" />;
    case "restart":
      return <path d="M6 1v13h1.6V8l7-3.5L6 1Z" />;
    case "idle":
      return <path d="M5 0 8 3.5 5 7l3 3.5L5 14M13 0l3 3.5L13 7l3 3.5-3 3.5" />;
    default:
      return <rect x="2" y="3" width="16" height="8" rx="2" />;
  }
}
