/** What hands do: double clicks, keys held down, the Back button, and marking text that changes. */

import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { receipt, statusOnPage } from "../support/dashboard.ts";
import { DashboardStage } from "../support/dashboard-stage.ts";
import { until } from "../support/until.ts";

const busy = `export default {
  type: "busy",
  interval_ms: 200,
  step: ({ iteration }) => ({ result: "result number " + iteration + " of a busy agent" }),
};`;

let stage: DashboardStage;
beforeAll(async () => {
  stage = await DashboardStage.start({ agents: { "busy.mjs": busy } });
  const { database } = stage;
  await Promise.all(
    ["busy1", "busy2", "busy3"].map((id) =>
      database.processed(database.queue.agentCreate(id, "test", { agentType: "busy" })),
    ),
  );
});
afterAll(() => stage[Symbol.asyncDispose]());

async function steering(page: Page, id: string): Promise<readonly string[]> {
  const items: readonly { action: string }[] = await page.evaluate(
    `fetch("/api/actions?agent_id=${id}").then((answer) => answer.json()).then(({ items }) => items)`,
  );
  return items
    .map(({ action }) => action)
    .filter((action) => action !== "create_agent")
    .toReversed();
}

async function iterationOf(id: string): Promise<number> {
  return (await stage.database.agent(id, () => true)).iteration;
}

/** Marks the start of the text with the pointer, which stays on it. The text may move before it is pressed. */
async function mark(page: Page, text: Locator): Promise<string> {
  return await until(async () => {
    await page.mouse.up();
    const box = await text.boundingBox();
    if (box === null) return false;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + 2, y);
    await page.mouse.down();
    await page.mouse.move(box.x + 80, y, { steps: 4 });
    const found = await marked(page);
    // Text that moved before the press: what was marked reaches into the next entry, which still changes.
    return !found.includes("\n") && found;
  });
}

async function marked(page: Page): Promise<string> {
  return await page.evaluate("String(getSelection())");
}

test("a double click and a key that is held down request one action", async () => {
  await using opened = await stage.openAgent("busy1");
  const { page, faults } = opened;
  await page.locator(".controls button", { hasText: "Pause" }).dblclick();
  await receipt(page, "Paused busy1");
  await statusOnPage(page, "paused");
  expect(await steering(page, "busy1")).toEqual(["agent_pause"]);

  const resume = page.locator(".controls button", { hasText: "Resume" });
  await resume.focus();
  await page.keyboard.down("Enter");
  await statusOnPage(page, "running");
  for (let repeat = 0; repeat < 5; repeat += 1) await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await receipt(page, "Resumed busy1");

  // Its first press opens the dialog, whose field would take the next one.
  await page.locator(".controls button", { hasText: "Destroy" }).focus();
  for (let repeat = 0; repeat < 5; repeat += 1) await page.keyboard.down("Enter");
  await page.getByRole("dialog", { name: "Destroy busy1?" }).waitFor();
  await page.keyboard.up("Enter");
  expect(await steering(page, "busy1")).toEqual(["agent_pause", "agent_resume"]);
  expect(faults).toEqual([]);
});

test("the Back button closes the dialog that was opened on the page before", async () => {
  await using opened = await stage.openAgent("busy2");
  const { page } = opened;
  await page.keyboard.press("q");
  await page.getByRole("heading", { name: "Queue" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "busy2" }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // The keys are the page's again.
  await page.keyboard.press("d");
  await page.getByRole("dialog", { name: "Destroy busy2?" }).waitFor();
});

test("a form that is opened right after another one was closed stays open", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  await page.locator("#agent-busy1").waitFor();
  const subject = page.getByRole("dialog").getByLabel("Subject");
  const cancel = page.getByRole("button", { name: "Cancel" });
  const back = `new Promise((resolve) => {
    addEventListener("popstate", resolve, { once: true });
    history.back();
  })`;
  const again = () => page.keyboard.press("c");
  const ways = [
    // Both keys are on their way before the browser has closed the form.
    () => Promise.all([page.keyboard.press("Escape"), again()]),
    () => cancel.click().then(again),
    () => page.evaluate(back).then(again),
  ];
  await again();
  for (const closeAndOpen of [...ways, ...ways, ...ways]) {
    await subject.waitFor();
    await closeAndOpen();
    await subject.fill("");
    await page.keyboard.type("tea");
    expect(await subject.inputValue()).toBe("tea");
  }
});

test("a form that is sent by a double click is sent once, and has no fault afterwards", async () => {
  await using opened = await stage.openAgent("busy2");
  const { page } = opened;
  await page.getByRole("textbox", { name: "New subject" }).fill("tea");
  await page.getByRole("button", { name: "Send" }).dblclick();
  await receipt(page, "Interrupted busy2");
  expect(await page.locator(".field-error").count()).toBe(0);
  expect(await steering(page, "busy2")).toEqual(["agent_interrupt"]);
});

test("the focus is where a reader continues after a button is gone", async () => {
  await using opened = await stage.openAgent("busy1");
  const { page } = opened;
  const focused = page.locator(":focus");
  await page.locator(".controls button", { hasText: "Destroy" }).click();
  await page.getByRole("button", { name: "Destroy busy1" }).click();
  await statusOnPage(page, "stopped");
  const isHeading = () => focused.evaluate((element) => element.matches(".agent-head h1"));
  await until(isHeading);
  await page.getByRole("button", { name: "Start again" }).click();
  await statusOnPage(page, "running");
  await until(isHeading);

  await page.keyboard.press("l");
  for (const leave of ["Clear", "Destroy…"]) {
    await page.getByRole("checkbox", { name: "Select busy1" }).click();
    await page.locator(".bulk-bar button", { hasText: leave }).click();
    if (leave !== "Clear") await page.locator("dialog .button-danger-main").click();
    await page.locator(".bulk-bar").waitFor({ state: "detached" });
    await until(() => focused.evaluate((element) => element.matches("table.agents")));
  }
});

test("text that is marked in a transcript stays, and the newest steps are a click away", async () => {
  await using opened = await stage.openAgent("busy2");
  const { page } = opened;
  const text = page.locator(".entries .step", { hasText: /number \d\d/ });
  await text.nth(3).waitFor();
  const first = await mark(page, text.last().getByText("result number"));
  const before = await iterationOf("busy2");
  await until(async () => (await iterationOf("busy2")) > before + 5);
  await page.locator(".to-end", { hasText: /\d new/ }).waitFor();
  await page.mouse.up();
  expect(await marked(page)).toBe(first);
  await page.locator(".to-end").click();
  await page.locator(".to-end").waitFor({ state: "detached" });

  // The end of a press that opens a menu may not arrive.
  await text.last().hover();
  await page.mouse.down({ button: "right" });
  const pressed = await iterationOf("busy2");
  await text.filter({ hasText: `number ${pressed + 3} ` }).waitFor();
  const isAtEnd = () =>
    page.evaluate(
      `(({ scrollTop, scrollHeight, clientHeight }) =>
        scrollHeight - clientHeight - scrollTop < 32)(document.querySelector(".agent-page"))`,
    );
  await until(isAtEnd);
  await page.mouse.up({ button: "right" });

  // A mere click leaves the reader at the end.
  await text.last().click();
  const then = await iterationOf("busy2");
  await text.filter({ hasText: `number ${then + 3} ` }).waitFor();
  expect(await page.locator(".to-end").count()).toBe(0);
});

test("text that is marked in the list stays until it is no longer marked", async () => {
  await using opened = await stage.open();
  const { page } = opened;
  const row = page.locator("#agent-busy3");
  const result = row.locator(".col-result");
  await result.getByText("result number").waitFor();
  const first = await mark(page, result.getByText("result number"));
  const shown = await result.textContent();
  const before = await iterationOf("busy3");
  await until(async () => (await iterationOf("busy3")) > before + 10);
  // The end of the press makes it the row that keys act on, which is drawn in another way.
  await page.mouse.up();
  await page.locator("#agent-busy3.active").waitFor();
  expect(await marked(page)).toBe(first);
  expect(await result.textContent()).toBe(shown);
  const sign = `getComputedStyle(document.querySelector("#agent-busy3 .col-id"), "::before").content`;
  expect(await page.evaluate(sign)).toBe('"held"');
  expect(new URL(page.url()).hash).toBe("#/");
  await page.evaluate("getSelection().removeAllRanges()");
  await until(async () => (await result.textContent()) !== shown);
  expect(await page.evaluate(sign)).toBe("none");
});
