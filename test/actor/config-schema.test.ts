/** The JSON Schema of a config, from zod as users have it. */

import { expect, test } from "vitest";
import { z } from "zod";
import { toConfigSchema } from "../../src/actor/config-schema.ts";
import { MASK, maskConfig } from "../../src/model/secret-config.ts";

const secret = z.string().meta({ writeOnly: true });

test.each([
  ["a date", z.coerce.date()],
  ["a transformed text", z.string().transform(Number)],
  ["a big integer", z.coerce.bigint()],
  ["a class", z.instanceof(URL)],
])("marks secrets next to %s, which JSON Schema does not have", (_, other) => {
  const schema = toConfigSchema(z.object({ key: secret, region: z.string(), other }));
  expect(maskConfig({ key: "s", region: "eu" }, schema)).toEqual({ key: MASK, region: "eu" });
});
