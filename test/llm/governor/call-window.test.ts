import { expect, test } from "vitest";
import { CallWindow } from "../../../src/llm/governor/call-window.ts";

test("it starts small and doubles with each round of answers, up to its maximum", () => {
  const window = new CallWindow(64);
  const sizes = [window.size];
  for (let round = 0; round < 4; round++) {
    for (let left = window.size; left > 0; left--) window.grow(window.size);
    sizes.push(window.size);
  }
  expect(sizes).toEqual([8, 16, 32, 64, 64]);
});

test("a window that is not full does not grow", () => {
  const window = new CallWindow(64);
  for (let n = 0; n < 100; n++) window.grow(3);
  expect(window.size).toBe(8);
});

test("overload halves it once a second, and then it grows by one a round", () => {
  const window = new CallWindow(64, true);
  for (let n = 0; n < 10; n++) window.cut(5_000);
  expect(window.size).toBe(32);
  window.cut(6_000);
  expect(window.size).toBe(16);
  for (let n = 0; n < 17; n++) window.grow(window.size);
  expect(window.size).toBe(17);
  for (let n = 0; n < 20; n++) window.cut(10_000 + n * 1_000);
  expect(window.size).toBe(1);
});

test("after an outage it starts again, whatever its failures have made of it", () => {
  const window = new CallWindow(64);
  for (let n = 0; n < 60; n++) window.cut(n * 1_000);
  window.restart();
  expect(window.size).toBe(8);
  for (let n = 0; n < 24; n++) window.grow(window.size);
  expect(window.size).toBe(32);
});

test("a new maximum counts immediately", () => {
  const window = new CallWindow(1);
  window.setMax(3);
  expect(window.size).toBe(3);
  window.setMax(2);
  expect(window.size).toBe(2);
});
