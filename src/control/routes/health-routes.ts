/** Liveness and readiness, open to all: they show nothing else. */

import Type from "typebox";
import { defined } from "../../model/defined.ts";
import { TroupeError } from "../../model/errors.ts";
import { fromErrorData } from "../../model/revive-error.ts";
import type { ControlParts } from "../control-parts.ts";
import { sendProblem } from "../http/problem.ts";
import { responses } from "../http/response-schemas.ts";
import type { App } from "./route-parts.ts";

const tags = ["health"];
const config = { access: "open" } as const;

const Ready = Type.Object({
  status: Type.Literal("ready"),
  /** Rows that were taken out of the tables since the start because they cannot be read. */
  set_aside: Type.Optional(Type.Integer()),
  /** With leases, `unconfirmed` while etcd or Kubernetes does not answer: no process takes over then. */
  lease: Type.Optional(Type.Enum(["held", "unconfirmed", "lost"])),
  /** The code of the fault for which no model can be called; actions are carried out all the same. */
  models: Type.Optional(Type.Literal("LLM_RUNTIME_BROKEN")),
});

export function healthRoutes(app: App, parts: ControlParts): void {
  const alive = {
    tags,
    operationId: "getLiveness",
    summary: "Whether the process responds",
    security: [],
    response: responses({ 200: Type.Object({ status: Type.Literal("ok") }) }),
  };
  // An answer shows that the event loop turns.
  app.get("/healthz", { config, schema: alive }, async () => ({ status: "ok" as const }));
  const ready = {
    tags,
    operationId: "getReadiness",
    summary: "Whether the process carries out actions",
    security: [],
    response: responses({ 200: Ready }, ["STORE_UNAVAILABLE", "DATABASE_LOST"]),
  };
  const findFault = watchReadiness(app, parts);
  app.get("/readyz", { config, schema: ready }, async (_request, reply) => {
    await parts.store.refreshHealth();
    const fault = findFault();
    if (fault !== undefined) return sendProblem(reply, fault);
    const { rows } = parts.store.setAside;
    const set_aside = rows === 0 ? undefined : rows;
    const models = parts.modelFault() && ("LLM_RUNTIME_BROKEN" as const);
    return { status: "ready" as const, ...defined({ set_aside, models, lease: parts.lease() }) };
  });
}

/** Returns why actions cannot be carried out; undefined if they can. */
function watchReadiness(app: App, { store }: ControlParts): () => TroupeError | undefined {
  let final: TroupeError | undefined;
  app.addHook("preClose", async () => {
    final ??= new TroupeError("SERVER_NOT_READY", "the server is shutting down");
  });
  store.lost.then(
    (reason) => {
      final = reason;
    },
    () => undefined,
  );
  return () => {
    const { isWritable, error } = store.health;
    return final ?? (isWritable || error === null ? undefined : fromErrorData(error));
  };
}
