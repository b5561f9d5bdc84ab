/** `effect_resolve`: settles an effect whose outcome is unknown. */

import { TroupeError } from "../model/errors.ts";
import type { Handler } from "./handler.ts";

export const effectResolve: Handler<"effect_resolve"> = async ({ payload }) => {
  throw new TroupeError("ACTION_UNKNOWN", `effect ${payload.effect_id} cannot be resolved yet`);
};
