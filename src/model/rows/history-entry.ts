/** One of an agent's last results, as its row has it. */

import Type from "typebox";

export const HistoryEntry = Type.Object({
  iteration: Type.Number(),
  subject: Type.Union([Type.String(), Type.Null()]),
  result: Type.String(),
  at: Type.Number(),
});
