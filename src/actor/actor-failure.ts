/** A failure that ends the agent's thread: its phase and its error. */

import type { FailedReport } from "../boundary/protocol.ts";
import type { ErrorCode } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";
import { findRefusal } from "./addons.ts";

export type FailedPhase = FailedReport["phase"];

export class ActorFailure extends Error {
  override readonly name = "ActorFailure";
  readonly phase: FailedPhase;
  readonly error: ErrorData;

  constructor(phase: FailedPhase, error: ErrorData) {
    super(error.message);
    this.phase = phase;
    this.error = error;
  }
}

/**
 * Runs foreign code of one phase.
 * @throws {ActorFailure} for whatever it throws, under `code` unless it is Troupe's own error.
 */
export async function inPhase<T>(
  phase: FailedPhase,
  code: ErrorCode,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw new ActorFailure(phase, toErrorData(findRefusal(thrown) ?? thrown, code));
  }
}
