/** What a file of routes gets: the server, and the parts that it may use. Types only. */

import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { ClientViews } from "../client-views.ts";
import type { ControlParts } from "../control-parts.ts";
import type { ServerLimits } from "../http/server-limits.ts";
import type { Mutations } from "../mutations.ts";

/** The parts, and what the routes share. */
export interface RouteParts extends ControlParts {
  readonly mutations: Mutations;
  readonly views: ClientViews;
  readonly limits: ServerLimits;
}

/** The server, as routes are added to it. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** One file of `routes/`: adds its routes in their own scope. */
export type Routes = (app: App, parts: RouteParts) => void | Promise<void>;
