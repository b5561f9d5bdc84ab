/** Liveness and readiness, open to all: they tell nothing but that. */

import { fromErrorData } from "../../model/errors.ts";
import type { App, ControlParts } from "../control-parts.ts";
import { sendProblem } from "../problem.ts";

export function healthRoutes(app: App, { store }: ControlParts): void {
  const config = { access: "open" } as const;
  // The event loop turns, or nobody would answer.
  app.get("/healthz", { config }, async () => ({ status: "ok" }));
  app.get("/readyz", { config }, async (_request, reply) => {
    const { isWritable, error } = store.health;
    if (isWritable || error === null) return { status: "ready" };
    return sendProblem(reply, fromErrorData(error));
  });
}
