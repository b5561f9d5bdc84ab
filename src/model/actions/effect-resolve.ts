/**
 * `effect_resolve`: a person or a program that knows the outcome of an unknown effect settles it.
 *
 * It is in the lane of the effect's agent, which REST and the library look up, so a caller needs one id.
 * A settled effect is refused at the door, but not if the request is the repetition of one that was
 * accepted: that is answered with its receipt again.
 */

import type { ActionDeclaration } from "./action-declaration.ts";

export const effectResolve = {
  name: "effect_resolve",
  word: "resolve",
  about: "effect",
  payload: {
    type: "object",
    required: ["effect_id", "outcome"],
    properties: {
      effect_id: { type: "string", minLength: 1, maxLength: 128, description: "id of the effect" },
      outcome: {
        enum: ["done", "retry"],
        description: "`done`: it had its effect; `retry`: it had none and may be called again",
      },
      value: { description: "its result, if it is done; null if there is none" },
    },
  },
  summary: "Settle an effect whose outcome is unknown",
  effect:
    "settles an unknown effect: `done` keeps `value` as its result, `retry` lets the step call it again. An agent that paused because of it continues",
  done: "resolved",
} as const satisfies ActionDeclaration;
