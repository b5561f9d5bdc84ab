/** The dashboard: built files, each named by its content but the page itself. */

import { fileURLToPath } from "node:url";
import { fastifyStatic } from "@fastify/static";
import { dashboardFolder } from "../../entries.ts";
import type { App, ControlParts } from "../control-parts.ts";

/** Built files carry a hash of their content in their names: what has been loaded stays good. */
const ASSET_MAX_AGE = "365d";
/** The page itself, and what it names. */
const filePattern = /^\/?(?:index\.html|[a-z]+-[\w-]+\.(?:js|css|svg))$/;

export async function pageRoutes(app: App, { about }: ControlParts): Promise<void> {
  const root = fileURLToPath(dashboardFolder);
  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL("assets/", dashboardFolder)),
    prefix: "/assets/",
    allowedPath: (path) => filePattern.test(path),
    dotfiles: "ignore",
    index: false,
    immutable: true,
    maxAge: ASSET_MAX_AGE,
    schemaHide: true,
  });
  app.get("/", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", "no-cache").sendFile("index.html", root, { cacheControl: false }),
  );
  // What the page says of the server, beside what its events tell.
  app.get("/about.json", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", "no-store").send(about()),
  );
}
