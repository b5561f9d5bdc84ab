/** `environment_reload`: what starts later uses the new settings; what runs goes on undisturbed. */

import type { Handler } from "./handler.ts";

export const environmentReload: Handler<"environment_reload"> = async (_action, { reload }) => {
  const waiting = await reload();
  if (waiting.length === 0) return {};
  const message = `${waiting.join(", ")} changed; that takes effect with the next start`;
  return { note: { code: "SETTINGS_NEED_RESTART", message } };
};
