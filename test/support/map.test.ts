import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the map of test/support names every file, and no other", () => {
  const folder = new URL(".", import.meta.url);
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  const map = readFileSync(new URL("README.md", folder), "utf8");
  const mapped = [...map.matchAll(/`([\w.-]+(?:\.ts|\/))`/g)].map(([, name]) => name);
  expect(new Set(mapped)).toEqual(new Set(names.filter((name) => name !== "README.md")));
});
