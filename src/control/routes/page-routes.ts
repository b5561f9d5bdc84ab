/** The dashboard: built files, each named by its content except the page itself. */

import { fileURLToPath } from "node:url";
import { fastifyStatic } from "@fastify/static";
import Type from "typebox";
import { dashboardFolder } from "../../entry-points.ts";
import type { Glance, GlanceStep } from "../../model/glance.ts";
import type { AgentId } from "../../model/ids.ts";
import { figureOf, tokensOf } from "../../model/usage-sums.ts";
import type { ControlParts } from "../control-parts.ts";
import { glanceSteps } from "../stream/glance-feed.ts";
import type { App } from "./route-parts.ts";

/** The names of built files contain a hash of their content: a loaded file stays valid. */
const ASSET_MAX_AGE = "365d";
/** The page itself, and the files that it names. */
const filePattern = /^\/?(?:index\.html|[a-z]+-[\w-]+\.(?:js|css|svg))$/;

export async function pageRoutes(app: App, parts: ControlParts): Promise<void> {
  const root = fileURLToPath(dashboardFolder);
  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL("assets/", dashboardFolder)),
    prefix: "/assets/",
    allowedPath: (path) => filePattern.test(path),
    dotfiles: "ignore",
    index: false,
    immutable: true,
    // Compressed by the build, which makes them smaller than compression on the way would.
    preCompressed: true,
    maxAge: ASSET_MAX_AGE,
    schemaHide: true,
  });
  app.get("/", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", "no-cache").sendFile("index.html", root, { cacheControl: false }),
  );
  addReads(app, parts);
}

const GlanceQuery = Type.Object(
  {
    since: Type.Optional(Type.Integer({ minimum: 0 })),
    /** `all`, or the id of one agent. */
    live: Type.Optional(Type.String({ maxLength: 128 })),
  },
  { additionalProperties: false },
);

/** Reads of the page alone; not a part of the public API. */
function addReads(app: App, parts: ControlParts): void {
  const { about, events, epoch, liveAll, liveNow } = parts;
  // Facts about the server that no event has.
  app.get("/about.json", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", "no-store").send(about()),
  );
  const liveOf = async (wanted: string) => {
    if (wanted === "all") return Object.fromEntries(liveAll());
    const figures = await liveNow(wanted as AgentId);
    return figures === null ? {} : { [wanted]: figures };
  };
  app.get(
    "/glance.json",
    { schema: { hide: true, querystring: GlanceQuery } },
    async ({ query: { since, live } }, reply): Promise<Glance> => {
      const figures = live === undefined ? null : await liveOf(live);
      reply.header("cache-control", "no-store");
      const { steps, ...glance } = glanceSteps(events, since);
      const withSpent = steps.map((step) => ({ ...step, ...spentOf(step.id, parts) }));
      return { ...glance, steps: withSpent, time: Date.now(), epoch, live: figures };
    },
  );
}

function spentOf(id: string, { usageOf, prices }: ControlParts): Pick<GlanceStep, "spent"> {
  const figure = figureOf(usageOf(id as AgentId) ?? null, prices());
  return figure === null
    ? {}
    : { spent: [tokensOf(figure), figure.cost_usd, figure.unpriced_tokens] };
}
