/** The mailbox: order, limit, and each piece of guidance once. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Mailbox } from "../../src/actor/mailbox.ts";
import { GUIDANCE_ENTRIES_MAX } from "../../src/model/limits.ts";
import { guidanceOf } from "../support/actor-harness.ts";

const ids = (mailbox: Mailbox) => mailbox.take().map((item) => item.action_id);

test("guidance is taken in the order of its arrival, each action's once", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 2 }), { maxLength: 60 }), (sent) => {
      const mailbox = new Mailbox();
      for (const id of sent) mailbox.offer(guidanceOf({}, id));
      expect(ids(mailbox)).toEqual([...new Set(sent)]);
    }),
  );
});

test("a second delivery is known after the first was used", () => {
  const mailbox = new Mailbox();
  expect(mailbox.offer(guidanceOf({}, "a"))).toBe(true);
  mailbox.take();
  expect(mailbox.offer(guidanceOf({}, "a"))).toBe(false);
  expect(mailbox).toMatchObject({ length: 0, hasNews: false });
});

test("guidance that is put back is first and does not wake", () => {
  const mailbox = new Mailbox();
  mailbox.offer(guidanceOf({}, "a"));
  const taken = mailbox.take();
  mailbox.putBack(taken);
  expect(mailbox).toMatchObject({ length: 1, hasNews: false });
  mailbox.offer(guidanceOf({}, "b"));
  expect(mailbox.hasNews).toBe(true);
  expect(ids(mailbox)).toEqual(["a", "b"]);
});

test("a full mailbox refuses with a code and takes again once it was emptied", () => {
  const mailbox = new Mailbox();
  for (let i = 0; i < GUIDANCE_ENTRIES_MAX; i += 1) mailbox.offer(guidanceOf({}, `a${i}`));
  const late = guidanceOf({}, "late");
  expect(() => mailbox.offer(late)).toThrow(expect.objectContaining({ code: "GUIDANCE_LIMIT" }));
  mailbox.take();
  expect(mailbox.offer(late)).toBe(true);
});
