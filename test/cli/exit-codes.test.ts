import { expect, test } from "vitest";
import { exitCodeOf, exitCodes, UsageError } from "../../src/cli/exit-codes.ts";
import { TroupeError } from "../../src/model/errors.ts";

test.each([
  [new UsageError("x"), exitCodes.usage],
  [new TroupeError("SETTING_INVALID", "--port must be a number"), exitCodes.usage],
  [new TroupeError("SETTING_INVALID", "TROUPE_PORT must be a number"), exitCodes.failed],
  [new TroupeError("CURSOR_INVALID", "x"), exitCodes.usage],
  [new TroupeError("AGENT_UNKNOWN", "x"), exitCodes.notFound],
  [new TroupeError("ACTION_NOT_FOUND", "x"), exitCodes.notFound],
  [new TroupeError("DATABASE_NOT_FOUND", "x"), exitCodes.notFound],
  [new TroupeError("WAIT_TIMEOUT", "x"), exitCodes.timedOut],
  [new TroupeError("DATABASE_LOCKED", "x"), exitCodes.failed],
  [new Error("x"), exitCodes.failed],
  ["x", exitCodes.failed],
])("the exit code of %o is %i", (thrown, code) => {
  expect(exitCodeOf(thrown)).toBe(code);
});
