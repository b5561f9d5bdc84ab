/** The calls of a stack; those of Troupe and of Node are folded. */

import type { StackFrame } from "../../model/agent-inside.ts";
import { plural } from "../../picture/number-text.ts";

export function FrameList({ frames }: { readonly frames: readonly StackFrame[] }) {
  const own = frames.filter(({ owner }) => owner === "agent");
  const others = frames.length - own.length;
  return (
    <>
      {own.length === 0 ? (
        <p class="inside-note">No call of the agent's own code.</p>
      ) : (
        <Frames frames={own} />
      )}
      {others > 0 && (
        <details class="fold">
          <summary>All {plural(frames.length, "call")}, those of Troupe and of Node too</summary>
          <Frames frames={frames} />
        </details>
      )}
    </>
  );
}

function Frames({ frames }: { readonly frames: readonly StackFrame[] }) {
  return (
    <ol class="frames">
      {frames.map((frame, n) => (
        <li key={n} class="frame" data-owner={frame.owner}>
          <strong>{frame.function === "" ? "(anonymous)" : frame.function}</strong>{" "}
          <code>
            {frame.file}:{frame.line}:{frame.column}
          </code>
        </li>
      ))}
    </ol>
  );
}
