/** The page, its events and the library through a proxy that serves the program below a path. */

import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { create, receipt, statusOnPage } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { PathProxy } from "../support/path-proxy.ts";

test("all of the page, and the library, work below a path of a proxy", async () => {
  await using stage = await DashboardStage.start();
  const { origin, search } = new URL(await stage.address());
  await using proxy = await PathProxy.start(origin, "/tools/troupe/");
  await using opened = await stage.browser.open(`${proxy.url}${search}`);
  const { page, faults } = opened;
  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.reload();
  // The token is exchanged for a cookie, and the path stays.
  expect(page.url()).toMatch(new RegExp(`^${proxy.url}(#.*)?$`));

  await create(page, "proxied", "cats");
  await receipt(page, "Created proxied");
  await page.goto(`${proxy.url}#/agents/proxied`);
  await statusOnPage(page, "running");
  expect(sockets).toContain(`${proxy.url.replace(/^http/, "ws")}api/ws`);

  const token = new URLSearchParams(search).get("token") ?? "";
  await using client = connect(proxy.url, { token });
  for await (const event of client.events({ agentIds: ["proxied"], types: ["agent.step"] })) {
    expect(event.agent_id).toBe("proxied");
    break;
  }

  await page.goto(`${proxy.url}docs/`);
  await page.getByText("Start an agent", { exact: true }).waitFor();
  expect(proxy.strays).toEqual([]);
  expect(faults).toEqual([]);
});
