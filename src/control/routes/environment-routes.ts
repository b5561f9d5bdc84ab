/** The environment: have it read again. */

import { ActionHeaders, EnvironmentReloadBody } from "../../model/request.ts";
import { toNewAction } from "../http/action-request.ts";
import { mutationResponses } from "../http/response-schemas.ts";
import type { App, RouteParts } from "./route-parts.ts";

export function environmentRoutes(app: App, { mutations }: RouteParts): void {
  const schema = {
    tags: ["environment"],
    operationId: "reloadEnvironment",
    summary: "Read .env, agents_config and the modules of user agents again",
    headers: ActionHeaders,
    body: EnvironmentReloadBody,
    response: mutationResponses,
  };
  app.post("/api/environment/reload", { schema }, (request, reply) =>
    mutations.one(request, reply, toNewAction("environment_reload", request.body)),
  );
}
