import { expect, test } from "vitest";
import { loadSettings } from "../../src/settings/config.ts";

test.each(["s3:/bucket", "s3:bucket", "s3//bucket", "s3:///path", "gs:/b", "s3://my bucket/p"])(
  "a misspelt URI of a database is refused: %s",
  (db) => {
    expect(() => loadSettings({ env: {}, flags: { db } })).toThrow(
      expect.objectContaining({
        code: "SETTING_INVALID",
        message: expect.stringContaining("a URI such as s3://bucket/path"),
      }),
    );
  },
);
