/** `effect_resolve`: settles an effect whose outcome is unknown. The agent may have ended. */

import type { Resolution } from "../supervisor/effects/effect-hold.ts";
import type { Handler } from "./handler.ts";

export const effectResolve: Handler<"effect_resolve"> = async (
  { agentId, id, payload },
  { supervisor },
) => {
  const { effect_id, outcome, value } = payload;
  const valueJson = value === undefined || value === null ? null : JSON.stringify(value);
  const resolution: Resolution = outcome === "done" ? { outcome, valueJson } : { outcome: "retry" };
  const effect = { agentId, effectId: effect_id, resolution };
  return { stored: supervisor.resolveEffect(effect, id) };
};
