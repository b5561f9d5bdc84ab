/** What an agent's thread may see and load; the threads that inspect modules have the same. Types only. */

export interface ThreadRights {
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** True if it may load native add-ons, one of which can end the whole process. */
  readonly mayLoadAddons?: boolean;
}
