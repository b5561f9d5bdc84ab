/** Bodies: only JSON in UTF-8, uncompressed, within bounds and read without a loss. An empty one counts as no body. */

import type { FastifyRequest } from "fastify";
import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { findJsonFault, JSON_DEPTH_MAX } from "../../model/json-bounds.ts";
import { findTextLoss } from "../../model/json-text-loss.ts";
import { parseJson } from "../../model/parse-json.ts";
import type { App } from "../routes/route-parts.ts";

type Done = (error: Error | null, body?: unknown) => void;

/** The depth of a payload, plus the array and the action around it. */
const BODY_DEPTH_MAX = JSON_DEPTH_MAX + 2;

export function acceptJson(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    ({ headers }: FastifyRequest, bytes: Buffer, done: Done) => {
      const body = checkEncoding(headers["content-encoding"]) ?? parseBody(bytes);
      return body instanceof TroupeError ? done(body) : done(null, body);
    },
  );
}

/** Without this, a compressed body would be reported as text of another encoding. */
function checkEncoding(encoding = "identity"): TroupeError | undefined {
  if (encoding.toLowerCase() === "identity") return undefined;
  const got = `Content-Encoding ${excerpt(encoding)}`;
  return new TroupeError("REQUEST_INVALID", `body must not be compressed, got ${got}`);
}

function parseBody(bytes: Buffer): unknown {
  const text = decode(bytes);
  if (text === undefined) return new TroupeError("REQUEST_INVALID", "body must be text in UTF-8");
  if (text === "") return undefined;
  const body = parseJson(text);
  if (body === undefined) {
    return new TroupeError("REQUEST_INVALID", `body must be JSON, got ${excerpt(text)}`);
  }
  const fault =
    findJsonFault(body, "body", { depthMax: BODY_DEPTH_MAX }) ?? findTextLoss(text, body, "body");
  return fault === undefined ? body : new TroupeError("REQUEST_INVALID", fault);
}

/**
 * The text without a byte order mark (RFC 8259, section 8.1). Undefined for bytes that are not UTF-8, which
 * would be stored as `\ufffd`.
 */
function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
