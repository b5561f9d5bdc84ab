/** `environment_reload`: what starts later uses the new settings; what runs goes on undisturbed. */

import type { Handler } from "./handler.ts";

export const environmentReload: Handler<"environment_reload"> = async (_action, { reload }) => {
  await reload();
  return {};
};
