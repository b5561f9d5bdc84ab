/**
 * The check of `POST /api/actions`: each action by the schema of its name, so that the message names that
 * action's problem. An action that passes is well-formed for the queue.
 */

import type { FastifySchemaCompiler } from "fastify";
import { Compile } from "typebox/compile";
import { type ActionName, actionNames, isActionName } from "../../model/actions/action-registry.ts";
import type { ErrorCode } from "../../model/error-codes.ts";
import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import { ENQUEUE_ROWS_MAX } from "../../model/limits.ts";
import { newActionBodies } from "../../model/request.ts";
import { faultOf } from "../../model/schema-fault.ts";
import { compileValidator } from "./validation.ts";

const validators = Object.fromEntries(
  Object.entries(newActionBodies).map(([name, schema]) => [name, Compile(schema)]),
) as { readonly [A in ActionName]: ReturnType<typeof Compile> };

/** The body, one action or many, becomes an array. */
export const compileActionsValidator: FastifySchemaCompiler<unknown> = (part) =>
  part.httpPart === "body"
    ? checkActions
    : compileValidator(part as Parameters<typeof compileValidator>[0]);

function checkActions(given: unknown) {
  const actions: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (actions.length === 0 || actions.length > ENQUEUE_ROWS_MAX) {
    const message = `body must hold 1 to ${ENQUEUE_ROWS_MAX} actions, got ${actions.length}`;
    return { error: new TroupeError("REQUEST_INVALID", message) };
  }
  for (const [n, action] of actions.entries()) {
    const error = findFault(action, Array.isArray(given) ? `body.${n}` : "body");
    if (error !== undefined) return { error };
  }
  return { value: actions };
}

function findFault(value: unknown, name: string): TroupeError | undefined {
  const action =
    typeof value === "object" && value !== null
      ? (value as { action?: unknown }).action
      : undefined;
  if (typeof action !== "string") {
    return fault(
      "REQUEST_INVALID",
      `${name} must be an object with an action, got ${excerpt(value)}`,
    );
  }
  if (!isActionName(action)) {
    const known = actionNames.join(", ");
    return fault(
      "ACTION_UNKNOWN",
      `${name}.action must be one of ${known}, got ${excerpt(action)}`,
    );
  }
  const validator = validators[action];
  if (validator.Check(value)) return undefined;
  return fault("ACTION_MALFORMED", faultOf(name, value, validator));
}

function fault(code: ErrorCode, message: string): TroupeError {
  return new TroupeError(code, message);
}
