/** What the library refuses at its door. */

import { expect, test } from "vitest";
import { openQueue } from "../../src/index.ts";

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
