/** Links to the parts of an agent's page, which can be long. */

const parts = [
  ["figures", "Figures"],
  ["guidance", "Guidance"],
  ["steps", "Steps"],
  ["details", "Details"],
  ["context", "Context"],
] as const;
type Part = (typeof parts)[number][0];

/** The attributes of a part that a link leads to. */
export function partOf(part: Part) {
  return { id: `part-${part}`, tabIndex: -1 } as const;
}

export function AgentParts({ has }: { readonly has: (part: Part) => boolean }) {
  return (
    <nav class="parts" aria-label="Parts of this page">
      {parts
        .filter(([part]) => has(part))
        .map(([part, name]) => (
          <button key={part} type="button" class="link" onClick={() => showPart(part)}>
            {name}
          </button>
        ))}
    </nav>
  );
}

function showPart(part: Part): void {
  const element = document.querySelector<HTMLElement>(`#part-${part}`);
  if (element === null) return;
  const fold = element.querySelector("details");
  if (part === "context" && fold !== null) fold.open = true;
  element.scrollIntoView();
  element.focus({ preventScroll: true });
}
