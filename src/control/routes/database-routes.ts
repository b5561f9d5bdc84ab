/** The database: the sizes of its tables, and their compaction. */

import type { DatabaseView } from "../../model/agent-view.ts";
import { DatabaseCompactBody } from "../../model/request.ts";
import { DatabaseResponse } from "../../model/response.ts";
import type { Store } from "../../store/store.ts";
import type { ControlParts } from "../control-parts.ts";
import { responses } from "../http/response-schemas.ts";
import type { App } from "./route-parts.ts";

const tags = ["database"];

export function databaseRoutes(app: App, { store }: ControlParts): void {
  const show = {
    tags,
    operationId: "getDatabase",
    summary: "The sizes of the tables",
    response: responses({ 200: DatabaseResponse }, ["STORE_UNAVAILABLE"]),
  };
  app.get("/api/database", { schema: show }, () => viewDatabase(store));
  const compact = {
    tags,
    operationId: "compactDatabase",
    summary: "Compact all tables now",
    description:
      "Answers once it is done. It changes no row, so that it may be repeated; a request during a " +
      "compaction waits for that one.",
    body: DatabaseCompactBody,
    response: responses({ 200: DatabaseResponse }, [
      "STORE_UNAVAILABLE",
      "DATABASE_LOST",
      "REQUEST_TOO_LARGE",
      "MEDIA_TYPE_UNSUPPORTED",
    ]),
  };
  let running: Promise<DatabaseView> | undefined;
  app.post("/api/database/compact", { schema: compact }, () => {
    running ??= compactDatabase(store).finally(() => {
      running = undefined;
    });
    return running;
  });
}

async function compactDatabase(store: Store): Promise<DatabaseView> {
  await store.compact();
  return await viewDatabase(store);
}

async function viewDatabase(store: Store): Promise<DatabaseView> {
  const tables = await store.stats();
  return { location: store.location, tables, ...(store.journal && { journal: store.journal }) };
}
