/** A cursor counts in its own list alone: in another one a page would silently lack items. */

import { expect, test } from "vitest";
import { Control } from "../../support/control.ts";
import { until } from "../../support/until.ts";

const lists = [
  "/api/agents?",
  "/api/agents/one/steps?",
  "/api/agents/two/steps?",
  "/api/steps?",
  "/api/actions?",
  "/api/effects?",
];

test("a cursor is refused by every list but its own, and by its own with a character more", async () => {
  await using control = await Control.start();
  for (const agent_id of ["one", "two"]) {
    await control.post("/api/agents", { agent_id, config: { interval_ms: 5 } });
  }
  const cursorOf = async (list: string) => {
    const { json } = await control.get(`${list}limit=1`);
    return (json.next_cursor ?? undefined) as string | undefined;
  };
  for (const list of lists) {
    const cursor = await until(() => cursorOf(list));
    const { json } = await control.get(`${list}cursor=${cursor}`);
    expect(json, list).toHaveProperty("items");
    const refused = lists.map((other) =>
      other === list ? `${other}cursor=${cursor}!` : `${other}cursor=${cursor}`,
    );
    for (const url of [...refused, `/api/agents/one/steps/1/effects?cursor=${cursor}`]) {
      expect((await control.get(url)).json, url).toMatchObject({ code: "CURSOR_INVALID" });
    }
  }
});

test("a cursor with a time that no row can have is a fault of the request", async () => {
  await using control = await Control.start();
  for (const time of ["9223372036854775808", "-9223372036854775809"]) {
    const cursor = Buffer.from(JSON.stringify(["actions", time, "a", 1, 0])).toString("base64url");
    const { json } = await control.get(`/api/actions?cursor=${cursor}`);
    expect(json).toMatchObject({ status: 400, code: "CURSOR_INVALID" });
  }
});
