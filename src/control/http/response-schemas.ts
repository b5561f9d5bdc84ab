/** What a route says of its answers, for the document: its own, and the errors that any may give. */

import type { TSchema } from "typebox";
import { type ErrorCode, errorCodes } from "../../model/error-codes.ts";
import { ActionResponse, ProblemResponse, ReceiptResponse } from "../../model/response.ts";

/** Whatever the route: access, faults of ours, and a server that ends. */
const anywhere: readonly ErrorCode[] = [
  "REQUEST_INVALID",
  "TOKEN_REQUIRED",
  "HOST_FORBIDDEN",
  "ORIGIN_FORBIDDEN",
  "INTERNAL",
  "SERVER_NOT_READY",
];

/** Answers by status; `codes` are errors of the route's own. */
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

/** The answers of every route that enqueues one action. */
export const mutationResponses = responses({ 200: ActionResponse, 202: ReceiptResponse }, [
  "ACTION_DUPLICATE",
  "IDEMPOTENCY_KEY_REUSED",
  "REQUEST_TOO_LARGE",
  "MEDIA_TYPE_UNSUPPORTED",
]);

/** As `@fastify/swagger` takes an answer that is not `application/json`. */
function problemAnswer(description: string): TSchema {
  return { description, content: { "application/problem+json": { schema: ProblemResponse } } };
}

/** An answer that is text of another kind. @param dataRef the schema of the JSON in the text, if any */
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
