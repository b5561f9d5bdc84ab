/** `environment_reload`: later starts use the new settings, later model calls the new BAML functions. */

import type { Handler } from "./handler.ts";

export const environmentReload: Handler<"environment_reload"> = async (_action, { reload }) => {
  const waiting = await reload();
  if (waiting.length === 0) return {};
  const message = `${waiting.join(", ")} changed; that takes effect at the next start`;
  return { note: { code: "SETTINGS_NEED_RESTART", message } };
};
