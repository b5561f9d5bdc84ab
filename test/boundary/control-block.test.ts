/** The control block: both sides see the same words, and a wish is one word. */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ActorControl,
  MainControl,
  packWish,
  unpackWish,
  WISH_SERIAL_MAX,
} from "../../src/boundary/control-block.ts";

const wishes = fc.constantFrom("run", "pause", "stop");
const serials = fc.integer({ min: 0, max: WISH_SERIAL_MAX });

test("a packed wish fits one word of shared memory and comes out as it went in", () => {
  fc.assert(
    fc.property(wishes, serials, (wish, serial) => {
      const word = packWish({ wish, serial });
      expect(new Int32Array([word])[0]).toBe(word);
      expect(unpackWish(word)).toEqual({ wish, serial });
    }),
  );
});

test("different wishes never share a word", () => {
  fc.assert(
    fc.property(wishes, serials, wishes, serials, (wish, serial, otherWish, otherSerial) => {
      const isSame = wish === otherWish && serial === otherSerial;
      const words = [
        packWish({ wish, serial }),
        packWish({ wish: otherWish, serial: otherSerial }),
      ];
      expect(words[0] === words[1]).toBe(isSame);
    }),
  );
});

test("a fresh block wishes to run, and nothing has happened in it", () => {
  const main = new MainControl();
  expect(new ActorControl(main.buffer).readWish()).toEqual({ wish: "run", serial: 0 });
  expect(main).toMatchObject({ heartbeat: 0, iteration: 0, phase: "starting" });
});

test("every wish has a serial of its own, also the same wish again", () => {
  const main = new MainControl();
  const actor = new ActorControl(main.buffer);
  fc.assert(
    fc.property(fc.array(fc.constantFrom("run", "pause"), { minLength: 1 }), (wanted) => {
      for (const wish of wanted) {
        const before = actor.readWish().serial;
        const serial = main.wish(wish);
        expect(serial).toBe(before + 1);
        expect(actor.readWish()).toEqual({ wish, serial });
      }
    }),
  );
});

test("a stop is final", () => {
  const main = new MainControl();
  const actor = new ActorControl(main.buffer);
  main.wish("pause");
  const serial = main.wish("stop");
  expect(main.wish("run")).toBe(serial);
  expect(actor.readWish()).toEqual({ wish: "stop", serial });
  expect(actor.isStopWished()).toBe(true);
});

test("what the actor writes is read by main, the heartbeat also past its greatest value", () => {
  const main = new MainControl();
  const actor = new ActorControl(main.buffer);
  main.assign(7);
  actor.setIteration(41);
  actor.setPhase("paused");
  const before = main.heartbeat;
  actor.beat();
  expect(actor.generation).toBe(7);
  expect(main.iteration).toBe(41);
  expect(main.phase).toBe("paused");
  expect(main.heartbeat).not.toBe(before);
});
