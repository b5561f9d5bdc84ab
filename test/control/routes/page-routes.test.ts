import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";
import { until } from "../../support/until.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

/** What the page names: relative to the page, which a proxy may serve below a path. */
async function namesOfPage(): Promise<readonly string[]> {
  const { text } = await control.get("/");
  return [...text.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, address]) => address ?? []);
}

/** Their addresses on this server. */
async function assetsOfPage(): Promise<readonly string[]> {
  return (await namesOfPage()).map((name) => `/${name}`);
}

test("the page names nothing but files of this server, and has nothing inline", async () => {
  const page = await control.get("/");
  expect(page).toMatchObject({
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
  });
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
  expect(page.text).not.toMatch(/<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=|javascript:/i);
  const names = await namesOfPage();
  expect(names).toHaveLength(4);
  for (const name of names) expect(name).toMatch(/^assets\/[a-z]+-[\w-]{12}\.(js|css|svg)$/);
});

test("files with a hash of their content are cached forever", async () => {
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

test("nothing else is served", async () => {
  const paths = ["/assets/", "/assets/.env", "/assets/../index.html", "/assets/%2e%2e/troupe.js"];
  for (const path of [...paths, "/assets/nothing.js", "/index.html"]) {
    expect([400, 404], path).toContain((await control.get(path)).status);
  }
});

test("page and files require the token", async () => {
  const [asset = ""] = await assetsOfPage();
  for (const path of ["/", asset, "/about.json"]) {
    const headers = { authorization: undefined };
    expect((await control.ask("GET", path, { headers })).status, path).toBe(401);
  }
});

test("the page can read which model answers and where the database is", async () => {
  const { headers, json } = await control.get("/about.json");
  expect(headers["cache-control"]).toBe("no-store");
  expect(json).toMatchObject({
    model: expect.stringContaining("offline"),
    database: expect.any(String),
  });
});

test("large answers are compressed for clients that accept it, with a Vary header", async () => {
  const creates = Array.from({ length: 3 }, (_, n) => create(`agent${n}`));
  await control.post("/api/actions", creates, { prefer: "wait=60" });
  const [asset = ""] = (await assetsOfPage()).filter((path) => path.endsWith(".js"));
  for (const path of [asset, "/api/agents?limit=1000", "/openapi.json"]) {
    for (const encoding of ["br", "gzip"]) {
      const answer = await control.get(path, { headers: { "accept-encoding": encoding } });
      expect(answer.headers, path).toMatchObject({ "content-encoding": encoding });
      expect(String(answer.headers["vary"]).toLowerCase()).toContain("accept-encoding");
    }
    const plain = await control.get(path);
    expect(plain.headers["content-encoding"], path).toBeUndefined();
  }
});

test("a glance has the last steps since the one before, in short, and figures of threads", async () => {
  const first = (await control.get("/glance.json?live=all")).json;
  expect(first).toMatchObject({ is_cut: false, steps: [] });
  expect(Object.keys(first.live)).toContain("agent1");
  const next = await until(async () => {
    const { json } = await control.get(`/glance.json?since=${first.seq}`);
    return json.steps.some(({ id }: { id: string }) => id === "agent1") && json;
  });
  const step = next.steps.find(({ id }: { id: string }) => id === "agent1");
  expect(step).toMatchObject({ status: "ok", text: expect.any(String) });
  expect(next.live).toBeNull();
  const one = (await control.get("/glance.json?live=agent1")).json;
  expect(one.live.agent1).toMatchObject({ heap_bytes: expect.any(Number) });
  expect((await control.get("/glance.json?live=nobody")).json.live).toEqual({});
  expect((await control.get(`/glance.json?since=${2 ** 40}`)).json.is_cut).toBe(true);
});

function create(agent_id: string) {
  return { action: "create_agent", payload: { agent_id, config: { interval_ms: 100 } } };
}

test("a path out of the folder of the page's files has nothing", async () => {
  for (const path of ["/assets/../../package.json", "/assets/..%2f..%2fpackage.json"]) {
    const { status, json } = await control.get(path);
    expect({ status, code: json.code }).toEqual({ status: 404, code: "ROUTE_UNKNOWN" });
  }
});
