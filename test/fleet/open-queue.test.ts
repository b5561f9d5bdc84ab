/** What the library refuses at its door. */

import { afterEach, expect, test, vi } from "vitest";
import { openQueue } from "../../src/index.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([[undefined], [null], [""], [" "], [5], [new URL("file:///data/troupe")]])(
  "openQueue(%s) says what it takes, and makes no folder",
  async (location) => {
    await expect(openQueue(location as never)).rejects.toThrow(
      expect.objectContaining({
        code: "SETTING_INVALID",
        message: expect.stringContaining("openQueue takes a folder, or a URI"),
      }),
    );
  },
);

test.each([
  ["TOKIO_WORKER_THREADS", "abc", "a whole number from 1 to 1024"],
  ["LANCE_ENCODING_DICT_SIZE_RATIO", "", "a number above 0, up to 1"],
])(
  "openQueue with %s=%j in the environment names it, and leaves it as it is",
  async (name, value, expected) => {
    vi.stubEnv(name, value);
    await expect(openQueue("/nowhere")).rejects.toMatchObject({
      code: "SETTING_INVALID",
      message: expect.stringMatching(
        `^${name} in the environment must be ${expected}, got "${value}"; `,
      ),
    });
    expect(process.env[name]).toBe(value);
  },
);
