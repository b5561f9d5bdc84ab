/** Requests that are sent again until they are answered. */

import { expect, test } from "vitest";
import { RequestError } from "../../src/dashboard/link/api.ts";
import { isUnanswered, untilAnswered } from "../../src/dashboard/link/until-answered.ts";
import { useFakeClock } from "../support/fake-clock.ts";

type Answer = number | "done";

/** Sends a request that meets these answers in turn, the last one from then on. */
function send(...answers: readonly Answer[]) {
  const sent = { count: 0, repeats: 0 };
  const result = untilAnswered(
    async () => {
      const answer = answers[Math.min(sent.count, answers.length - 1)] ?? "done";
      sent.count += 1;
      if (answer === "done") return answer;
      throw new RequestError(answer, { code: `HTTP_${answer}`, message: `status ${answer}` });
    },
    () => {
      sent.repeats += 1;
    },
  );
  const settled = result.catch((error: unknown) => error);
  return { sent, settled };
}

test("a request without an answer is sent again until there is one", async () => {
  using clock = useFakeClock();
  const { sent, settled } = send(0, 504, 502, "done");
  await clock.advance(499);
  expect(sent).toEqual({ count: 1, repeats: 1 });
  await clock.advance(3_001);
  expect(await settled).toBe("done");
  expect(sent).toEqual({ count: 4, repeats: 3 });
});

test.each([400, 401, 429, 500, 503])("a refusal with %d is final", async (status) => {
  using _clock = useFakeClock();
  const { sent, settled } = send(status, "done");
  expect(await settled).toMatchObject({ status });
  expect(sent.count).toBe(1);
});

test("a server that starts, is busy or requires a sign-in has not refused what it may have accepted before", async () => {
  using clock = useFakeClock();
  const { sent, settled } = send(0, 503, 401, 429, 500, 409);
  await clock.advance(12_500);
  expect(await settled).toMatchObject({ status: 409 });
  expect(sent.count).toBe(6);
});

test("after 40 seconds without an answer nobody knows whether it was carried out", async () => {
  using clock = useFakeClock();
  const { sent, settled } = send(0);
  await clock.advance(40_000);
  const error = await settled;
  expect(isUnanswered(error)).toBe(true);
  expect(error).toMatchObject({ message: expect.stringContaining("may have been carried out") });
  const { count } = sent;
  await clock.advance(60_000);
  expect(sent.count).toBe(count);
});
