/** A field of a form: its name, its hint and its error. */

import type { ComponentChildren } from "preact";

interface FieldProps {
  readonly id: string;
  readonly name: string;
  readonly hint?: string;
  readonly error?: string | null;
  readonly children: ComponentChildren;
}

/** The control inside must carry `id`, and `aria-describedby={noteIdOf(id)}`. */
export function Field({ id, name, hint, error = null, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{name}</label>
      {children}
      <div id={noteIdOf(id)}>
        {error !== null && <p class="field-error">{error}</p>}
        <p class="field-hint">{hint}</p>
      </div>
    </div>
  );
}

export function noteIdOf(id: string): string {
  return `${id}-note`;
}
