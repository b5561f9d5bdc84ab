import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { wholeEscapes } from "../../src/llm/whole-escapes.ts";

/** What arrives if the bytes are sent in pieces that end at these places. */
async function pass(bytes: Buffer, ends: readonly number[]): Promise<Buffer> {
  const mender = wholeEscapes();
  const passed = buffer(mender);
  const places = [...new Set([0, ...ends, bytes.length])].sort((a, b) => a - b);
  for (const [n, start] of places.entries()) mender.write(bytes.subarray(start, places[n + 1]));
  mender.end();
  return await passed;
}

/** JSON text in which each unit is an escape. */
function escaped(text: string, isUpper: boolean): string {
  const unit = (n: number) => {
    const hex = text.charCodeAt(n).toString(16).padStart(4, "0");
    return `\\u${isUpper ? hex.toUpperCase() : hex}`;
  };
  return `"${Array.from({ length: text.length }, (_, n) => unit(n)).join("")}"`;
}

const units = fc.oneof(
  fc.constantFrom("\\", '"', "u", "d", "8", "😀", "é", "\n"),
  fc.integer({ min: 0xd7ff, max: 0xe000 }).map((unit) => String.fromCharCode(unit)),
);
const texts = fc.array(units, { maxLength: 12 }).map((parts) => parts.join(""));
const cuts = fc.array(fc.nat({ max: 80 }), { maxLength: 8 });

test("halves of pairs become U+FFFD and all else stays, wherever the pieces end", async () => {
  await fc.assert(
    fc.asyncProperty(
      texts,
      cuts,
      fc.boolean(),
      fc.boolean(),
      async (text, ends, isPlain, isUpper) => {
        const bytes = Buffer.from(isPlain ? JSON.stringify(text) : escaped(text, isUpper));
        const passed = await pass(bytes, ends);
        expect(passed).toHaveLength(bytes.length);
        expect(JSON.parse(passed.toString())).toBe(text.toWellFormed());
      },
    ),
  );
});

test("bytes that are not JSON text pass as they are", async () => {
  const bytes = Buffer.from([0, 255, 92, 92, 117, 100, 56, 48, 48, 92, 117, 100, 56, 48, 92]);
  expect(await pass(bytes, [1, 3, 11])).toEqual(bytes);
});

test("a piece is held up only if it ends within an escape", async () => {
  const mender = wholeEscapes();
  mender.write(Buffer.from("one \\n two \\ud8"));
  expect(String(mender.read())).toBe("one \\n two ");
  mender.write(Buffer.from("3d three"));
  expect(String(mender.read())).toBe("\\ufffd three");
  mender.destroy();
});

/** A stream of events with these texts. */
function eventsOf(texts: readonly string[], end: string): string {
  return texts.map((text) => `data: {"id":1,"text":${JSON.stringify(text)},"n":[]}${end}`).join("");
}

const eventTexts = fc.array(
  fc.array(fc.constantFrom("\ud83d", "\ude00", "a", '"', "\\"), { minLength: 1, maxLength: 4 }),
  { maxLength: 5 },
);

test("halves in two events after each other become one character, wherever the pieces end", async () => {
  await fc.assert(
    fc.asyncProperty(
      eventTexts,
      cuts,
      fc.constantFrom("\n\n", "\r\n\r\n"),
      async (units, ends, end) => {
        const texts = units.map((text) => text.join(""));
        const bytes = Buffer.from(eventsOf(texts, end));
        const passed = await pass(bytes, ends);
        expect(passed).toHaveLength(bytes.length);
        const arrived = passed.toString().split(end).slice(0, -1);
        const parsed = arrived.map((event) => JSON.parse(event.slice("data: ".length)).text);
        expect(parsed.join("")).toBe(texts.join("").toWellFormed());
      },
    ),
  );
});

test("the other half is waited for until the end of the next event", async () => {
  const mender = wholeEscapes();
  const events = eventsOf(["one \ud83d", "two", "\ude00"], "\n\n").split(/(?<=\n\n)/);
  mender.write(Buffer.from(events[0] ?? ""));
  expect(String(mender.read())).toBe('data: {"id":1,"text":"one ');
  mender.write(Buffer.from(events[1] ?? ""));
  expect(String(mender.read())).toContain('\\ufffd","n":[]}\n\ndata: {"id":1,"text":"two"');
  mender.write(Buffer.from(events[2] ?? ""));
  expect(String(mender.read())).toContain('"text":"\\ufffd"');
  mender.destroy();
});

test("the other half is waited for no longer than for 64 KiB", async () => {
  const mender = wholeEscapes();
  mender.write(Buffer.from('"\\ud83d"'));
  expect(String(mender.read())).toBe('"');
  mender.write(Buffer.alloc(64 * 1024, "a"));
  expect(String(mender.read()).slice(0, 8)).toBe('\\ufffd"a');
  mender.destroy();
});
