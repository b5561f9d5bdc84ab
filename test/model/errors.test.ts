import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorCodes } from "../../src/model/error-codes.ts";
import { TroupeError, toErrorData } from "../../src/model/errors.ts";
import { fromErrorData } from "../../src/model/revive-error.ts";

describe("errors as data", () => {
  test("keep code, message, stack and details both ways", () => {
    const error = new TroupeError("AGENT_UNKNOWN", "there is no agent x", { details: { id: "x" } });
    const back = fromErrorData(structuredClone(toErrorData(error)));
    expect(back).toBeInstanceOf(TroupeError);
    expect(back).toMatchObject({ code: error.code, message: error.message, details: { id: "x" } });
    expect(back.stack).toBe(error.stack);
  });

  test("do not believe the code of a foreign error", () => {
    const foreign = Object.assign(new Error("no"), { code: "AGENT_UNKNOWN" });
    expect(toErrorData(foreign, "AGENT_STEP_FAILED").code).toBe("AGENT_STEP_FAILED");
  });

  test("are made of anything that can be thrown, and are never too long", () => {
    const hostile = {
      get message() {
        throw new Error("no");
      },
      toString() {
        throw new Error("no");
      },
    };
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.constant(hostile)), (thrown) => {
        const data = toErrorData(thrown);
        expect(data.message.length).toBeLessThanOrEqual(2_000);
        expect(JSON.parse(JSON.stringify(data))).toEqual(data);
      }),
    );
    expect(toErrorData(new Error("x".repeat(100_000))).message.length).toBe(2_000);
  });
});

describe("the registry", () => {
  test("names every code SUBJECT_PROBLEM with an HTTP status", () => {
    for (const [code, { status }] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(600);
    }
  });
});
