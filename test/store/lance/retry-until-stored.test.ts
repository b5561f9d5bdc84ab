import { expect, test } from "vitest";
import { StoreRetry } from "../../../src/store/lance/retry-until-stored.ts";

test("a try that never ends is given up once the patience has, and none is begun behind it", async () => {
  const patience = new StoreRetry();
  const hanging = Promise.withResolvers<string>();
  const given = patience.run(() => hanging.promise);
  patience.stopAfter(0);
  await expect(given).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  let tries = 0;
  const attempt = async () => {
    tries += 1;
    return "stored";
  };
  await expect(patience.run(attempt)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(tries).toBe(0);
  hanging.resolve("late");
  await hanging.promise;
  expect(await patience.run(attempt)).toBe("stored");
});
