import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorCodes, isErrorCode, isTransient } from "../../src/model/error-codes.ts";
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

  test("of an unknown code are a fault of ours, and their code is of a bounded length", () => {
    expect(fromErrorData({ code: "NEVER_HEARD_OF", message: "no" }).code).toBe("INTERNAL");
    const odd = new TroupeError("X".repeat(1_000) as "INTERNAL", "no");
    expect(toErrorData(odd).code).toHaveLength(100);
  });

  test("have what was thrown, with its cause, and no empty fields", () => {
    expect(toErrorData("text")).toEqual({ code: "INTERNAL", message: "thrown: text" });
    const plain = toErrorData({ code: 5, why: "x", request: { key: "secret" } }).message;
    expect(plain).toBe('thrown: {"code":5,"why":"x","request":"…"}');
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(toErrorData(circle).message).toBe("thrown: something that cannot be read");
    const caused = new Error("outer", { cause: new Error("inner") });
    expect(toErrorData(caused).message).toBe("outer (inner)");
    expect(toErrorData(new Error("outer", { cause: "text" })).message).toBe("outer");
    const bare = Object.assign(new TroupeError("INTERNAL", "no"), { stack: undefined });
    expect(toErrorData(bare)).toEqual({ code: "INTERNAL", message: "no" });
    expect(fromErrorData({ code: "INTERNAL", message: "no" }).stack).toContain("no");
    const unreadable = Object.defineProperty(new Error("no"), "message", {
      get() {
        throw new Error("hidden");
      },
    });
    expect(toErrorData(unreadable).message).toBe("thrown: something that cannot be read");
  });

  test("of agents' code may have details that are no data", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(toErrorData(new TroupeError("INTERNAL", "no", { details: circle }))).not.toHaveProperty(
      "details",
    );
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

describe("a TroupeError", () => {
  test("has its name, and its cause only if there is one", () => {
    const cause = new Error("why");
    const error = new TroupeError("INTERNAL", "no", { cause });
    expect([error.name, error.cause]).toEqual(["TroupeError", cause]);
    expect(new TroupeError("INTERNAL", "no")).not.toHaveProperty("cause");
  });

  test("is recognized in every bundle that has a copy of the class; another class is not", () => {
    const copy = Object.defineProperty(new Error("no"), Symbol.for("troupe.error"), {
      value: true,
    });
    expect(copy).toBeInstanceOf(TroupeError);
    expect(new Error("no")).not.toBeInstanceOf(TroupeError);
    class Own extends TroupeError {}
    expect(new Own("INTERNAL", "no")).toBeInstanceOf(Own);
    expect(copy).not.toBeInstanceOf(Own);
  });
});

describe("the registry", () => {
  test("knows its own codes, and which faults may pass", () => {
    expect(["INTERNAL", "toString", ""].map(isErrorCode)).toEqual([true, false, false]);
    expect(isTransient("STORE_UNAVAILABLE")).toBe(true);
    expect(isTransient("AGENT_UNKNOWN")).toBe(false);
  });

  test("names every code SUBJECT_PROBLEM with an HTTP status", () => {
    for (const [code, { status }] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(600);
    }
  });
});
