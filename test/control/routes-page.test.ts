/** docs/rest.md against the OpenAPI document: each route, and each parameter of a query. */

import { expect, test } from "vitest";
import { Control } from "../support/control.ts";
import { Interface } from "../support/openapi.ts";
import { readPage, tableIn } from "../support/pages.ts";

/** Described for all lists together, and for browsers' events in docs/events.md. */
const describedElsewhere = new Set(["limit", "cursor"]);
/** In the page and not in the document, which describes no WebSocket. */
const outside = ["GET /api/ws"];

interface Row {
  /** As `GET /api/agents/:id`. */
  readonly routes: readonly string[];
  readonly text: string;
}

/** The routes of a cell such as `GET`, `DELETE /agents/:id` or `POST /agents/:id/pause`, `/resume`. */
function routesIn(cell: string): readonly string[] {
  const routes: string[] = [];
  let [methods, before] = [[] as string[], { method: "", path: "" }];
  for (const [, method, path] of cell.matchAll(/`(?:([A-Z]+) ?)?(\/[^`]*)?`/g)) {
    if (method !== undefined) methods.push(method);
    if (path === undefined) continue;
    const isSibling = method === undefined;
    const whole = isSibling ? before.path.replace(/\/[^/]*$/, path) : path;
    for (const one of isSibling ? [before.method] : methods) routes.push(`${one} /api${whole}`);
    before = { method: method ?? before.method, path: whole };
    methods = [];
  }
  return routes;
}

test("docs/rest.md lists every route of the OpenAPI document with its query, and no other", async () => {
  await using control = await Control.start();
  const { operations } = new Interface((await control.get("/openapi.json")).json);
  const rows: readonly Row[] = tableIn("docs/rest.md", ["under `/api`", ""]).map(
    ([cell = "", text = ""]) => ({ routes: routesIn(cell), text }),
  );
  const page = readPage("docs/rest.md");
  const known = operations.map(({ method, path, parameters }) => ({
    route: `${method} ${path.replace(/\{\w*id\}/, ":id").replace("{name}", ":name")}`,
    query: parameters.filter(({ in: place }) => place === "query").map(({ name }) => name),
  }));
  const underApi = known.filter(({ route }) => route.includes(" /api/"));
  const documented = new Set(rows.flatMap(({ routes }) => routes));
  expect(documented).toEqual(new Set([...underApi.map(({ route }) => route), ...outside]));
  for (const { route } of known) {
    const [, path = ""] = route.split(" ");
    if (!path.startsWith("/api/")) expect(page).toContain(`${path}\``);
  }
  for (const { route, query } of underApi) {
    const text = rows.find(({ routes }) => routes.includes(route))?.text ?? "";
    const isNamed = (name: string) => new RegExp(`[?& \`]${name}=`).test(text);
    const missing = query.filter((name) => !describedElsewhere.has(name) && !isNamed(name));
    expect({ route, missing }).toEqual({ route, missing: [] });
  }
  for (const { routes, text } of rows) {
    const named = [...text.matchAll(/[?& ](\w+)=(?![^`]*\?)/g)].map(([, name = ""]) => name);
    const query = new Set(
      underApi.filter(({ route }) => routes.includes(route)).flatMap((one) => one.query),
    );
    expect(named.filter((name) => !query.has(name))).toEqual([]);
  }
});
