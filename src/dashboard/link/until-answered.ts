/**
 * Sends a request until the server answers. For requests with an idempotency key, which are carried out
 * once however often they arrive: a lost answer must not be shown as a refusal, because the server may
 * have carried the request out.
 */

import { RequestError } from "./api.ts";

/** Milliseconds after the first attempt in which another one starts. */
const REPEAT_MS_MAX = 40_000;
const WAIT_MS_MIN = 500;
const WAIT_MS_MAX = 5_000;

/** No answer at all, or one of a proxy that has none. */
const unanswered: ReadonlySet<number> = new Set([0, 502, 504]);
/** Answers from which nothing follows about an earlier attempt: final only if there was none. */
const inconclusive: ReadonlySet<number> = new Set([401, 403, 429, 500, 503]);

/**
 * @param onUnanswered called after each attempt without an answer that is followed by another one
 * @throws {RequestError} the server's refusal, or with status 0 if it has not answered at all
 */
export async function untilAnswered<T>(
  send: () => Promise<T>,
  onUnanswered: () => void = () => undefined,
): Promise<T> {
  const began = Date.now();
  let isUncertain = false;
  for (let waitMs = WAIT_MS_MIN; ; waitMs = Math.min(waitMs * 2, WAIT_MS_MAX)) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const hasAnswer = !unanswered.has(error.status);
      if (hasAnswer && !(isUncertain && inconclusive.has(error.status))) throw error;
      isUncertain = true;
      if (Date.now() + waitMs - began > REPEAT_MS_MAX) throw givenUp(error);
      onUnanswered();
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

function givenUp({ data }: RequestError): RequestError {
  const message = `${data.message}; the request may have been carried out`;
  return new RequestError(0, { code: "SERVER_UNREACHABLE", message });
}

/** True if the request may have been carried out, and no answer says so. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof RequestError && error.status === 0;
}
