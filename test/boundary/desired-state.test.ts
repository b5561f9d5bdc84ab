/** The desired state as one word. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { packDesired, unpackDesired, VERSION_MAX } from "../../src/boundary/desired-state.ts";

const desiredStates = fc.constantFrom("run", "pause", "stop");
const versions = fc.integer({ min: 0, max: VERSION_MAX });

test("a packed desired state fits one word of shared memory and is unpacked unchanged", () => {
  fc.assert(
    fc.property(desiredStates, versions, (desired, version) => {
      const word = packDesired({ desired, version });
      expect(new Int32Array([word])[0]).toBe(word);
      expect(unpackDesired(word)).toEqual({ desired, version });
    }),
  );
});

test("different desiredStates never share a word", () => {
  fc.assert(
    fc.property(
      desiredStates,
      versions,
      desiredStates,
      versions,
      (desired, version, otherDesired, otherVersion) => {
        const isSame = desired === otherDesired && version === otherVersion;
        const words = [
          packDesired({ desired, version }),
          packDesired({ desired: otherDesired, version: otherVersion }),
        ];
        expect(words[0] === words[1]).toBe(isSame);
      },
    ),
  );
});
