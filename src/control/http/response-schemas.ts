/** The responses of a route for the document: its own, and the errors of every route. */

import type { TSchema } from "typebox";
import { type ErrorCode, errorCodes } from "../../model/error-codes.ts";
import { ActionResponse, ProblemResponse, ReceiptResponse } from "../../model/response.ts";

/** Errors of every route: access, internal errors, shutdown. */
const anywhere: readonly ErrorCode[] = [
  "REQUEST_INVALID",
  "TOKEN_REQUIRED",
  "HOST_FORBIDDEN",
  "ORIGIN_FORBIDDEN",
  "INTERNAL",
  "SERVER_NOT_READY",
];

/** Responses by status; `codes` are the route's own errors. */
export function responses<R extends Readonly<Record<number, TSchema>>>(
  own: R,
  codes: readonly ErrorCode[] = [],
): R {
  const problems: Record<number, TSchema> = {};
  for (const [status, meanings] of byStatus([...anywhere, ...codes])) {
    problems[status] = problemAnswer(meanings);
  }
  return { ...problems, ...own };
}

/** The responses of a route that enqueues one action; `codes` are its own errors. */
export function mutationResponsesWith(codes: readonly ErrorCode[]) {
  return responses({ 200: ActionResponse, 202: ReceiptResponse }, [
    "ACTION_DUPLICATE",
    "SHARD_MISDIRECTED",
    "IDEMPOTENCY_KEY_REUSED",
    "REQUEST_TOO_LARGE",
    "MEDIA_TYPE_UNSUPPORTED",
    ...codes,
  ]);
}

/** The responses of one without errors of its own. */
export const mutationResponses = mutationResponsesWith([]);

/** As `@fastify/swagger` expects a response that is not `application/json`. */
function problemAnswer(description: string): TSchema {
  return { description, content: { "application/problem+json": { schema: ProblemResponse } } };
}

/** A response with text of another type. @param dataRef the schema of the JSON in the text, if any */
export function textResponse(mediaType: string, description: string, dataRef?: string): TSchema {
  const schema =
    dataRef === undefined
      ? { type: "string" }
      : { type: "string", contentMediaType: "application/json", contentSchema: { $ref: dataRef } };
  return { description, content: { [mediaType]: { schema } } };
}

function byStatus(codes: readonly ErrorCode[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const code of codes) {
    const { status, meaning } = errorCodes[code];
    const before = found.get(status);
    const text = `\`${code}\`: ${meaning}`;
    found.set(status, before === undefined ? text : `${before}; ${text}`);
  }
  return found;
}
