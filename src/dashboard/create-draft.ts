/** What was typed into the form for a new agent. It survives the form until its agent exists. */

import { signal } from "@preact/signals";

export interface CreateDraft {
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  readonly interval: string;
  readonly config: string;
}

export const TYPE_DEFAULT = "joke";

export const emptyDraft: CreateDraft = {
  type: TYPE_DEFAULT,
  id: "",
  subject: "",
  interval: "",
  config: "",
};

export const createDraft = signal(emptyDraft);
