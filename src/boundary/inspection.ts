/** What a thread that inspects one user's module reports of it. Types only. */

/** What a module defines, as its thread reports it: unchecked. */
export interface Inspected {
  readonly type: string;
  readonly configSchema: Readonly<Record<string, unknown>> | null;
  /** Those of the settings that the definition has, as JSON data. */
  readonly settings: unknown;
}

/** What came of an inspection; `problem` names file and cause, `picture` shows the place of a syntax error. */
export type Inspection =
  | Inspected
  | { readonly problem: string; readonly picture: string | undefined };
