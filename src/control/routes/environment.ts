/** The environment: have it read again. */

import { EnvironmentReloadBody } from "../../model/request.ts";
import { toActionRequest } from "../action-request.ts";
import type { App, ControlParts } from "../control-parts.ts";
import { enqueueOne } from "../receipt.ts";

export function environmentRoutes(app: App, parts: ControlParts): void {
  app.post(
    "/api/environment/reload",
    { schema: { body: EnvironmentReloadBody } },
    (request, reply) =>
      enqueueOne(parts, request, reply, toActionRequest("environment_reload", request.body)),
  );
}
