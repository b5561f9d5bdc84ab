/** The report of a thread that inspects one user's module. Types only. */

/** What a module defines, unchecked. */
export interface Inspected {
  readonly type: string;
  readonly configSchema: Readonly<Record<string, unknown>> | null;
  readonly guidanceSchema: Readonly<Record<string, unknown>> | null;
  /** The settings in the definition, as JSON data. */
  readonly settings: unknown;
  /** URLs of the user's own files that were loaded with it. */
  readonly files: readonly string[];
}

/** `problem` names file and cause, `picture` shows the place of a syntax error. */
export type Inspection =
  | Inspected
  | { readonly problem: string; readonly picture: string | undefined; readonly code: string };
