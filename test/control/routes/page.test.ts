import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

/** Addresses of this server that the page names. */
async function assetsOfPage(): Promise<readonly string[]> {
  const { text } = await control.get("/");
  return [...text.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, address]) => address ?? []);
}

test("the page names nothing but files of this server, and has nothing inline", async () => {
  const page = await control.get("/");
  expect(page).toMatchObject({
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
  });
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
  expect(page.text).not.toMatch(/<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=|javascript:/i);
  const assets = await assetsOfPage();
  expect(assets).toHaveLength(3);
  for (const asset of assets) expect(asset).toMatch(/^\/assets\/[a-z]+-[\w-]{12}\.(js|css|svg)$/);
});

test("files that carry a hash of their content are kept for good", async () => {
  for (const asset of await assetsOfPage()) {
    const { status, headers, text } = await control.get(asset);
    expect({ status, cache: headers["cache-control"] }).toEqual({
      status: 200,
      cache: "public, max-age=31536000, immutable",
    });
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/);
  }
});

test("nothing beside them is served", async () => {
  const paths = ["/assets/", "/assets/.env", "/assets/../index.html", "/assets/%2e%2e/troupe.js"];
  for (const path of [...paths, "/assets/nothing.js", "/index.html"]) {
    expect([400, 404], path).toContain((await control.get(path)).status);
  }
});

test("neither page nor files are for those without the token", async () => {
  const [asset = ""] = await assetsOfPage();
  for (const path of ["/", asset, "/about.json"]) {
    const headers = { authorization: undefined };
    expect((await control.ask("GET", path, { headers })).status, path).toBe(401);
  }
});

test("the page is told which model answers and where the rows lie", async () => {
  const { headers, json } = await control.get("/about.json");
  expect(headers["cache-control"]).toBe("no-store");
  expect(json).toEqual({ model: expect.stringContaining("offline"), database: expect.any(String) });
});
