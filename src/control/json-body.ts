/** Bodies: JSON, and nothing else. A request that says JSON and sends nothing has said nothing. */

import type { FastifyRequest } from "fastify";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { App } from "./control-parts.ts";

type Done = (error: Error | null, body?: unknown) => void;

export function acceptJson(app: App): void {
  // Refuses the keys that could reach an object's prototype.
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    (request: FastifyRequest, text: string, done: Done) => {
      if (text === "") return done(null, undefined);
      return parse(request, text, (error: Error | null, body: unknown) =>
        error === null ? done(null, body) : done(notJson(text)),
      );
    },
  );
}

function notJson(text: string): TroupeError {
  const expected = "JSON without the keys __proto__ and constructor.prototype";
  return new TroupeError("REQUEST_INVALID", `body must be ${expected}, got ${excerpt(text)}`);
}
