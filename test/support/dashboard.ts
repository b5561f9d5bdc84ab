/** What tests do on the dashboard, in the words of its users. */

import type { Page } from "playwright-core";
import type { Program } from "./program.ts";

/** The address that the program prints, with its token. */
export async function addressOf(program: Program): Promise<string> {
  const line = await program.line(/^Troupe serves at /);
  return line.replace("Troupe serves at ", "");
}

/** The receipt of what was asked for, once it says so. */
export async function receipt(page: Page, title: string, verdict = "confirmed"): Promise<void> {
  await page.locator(`.receipt[data-state="${verdict}"]`, { hasText: title }).first().waitFor();
}

export async function statusOnPage(page: Page, status: string): Promise<void> {
  await page.locator(".agent-head .mark-text", { hasText: new RegExp(`^${status}$`) }).waitFor();
}

export async function create(
  page: Page,
  id: string,
  subject: string,
  interval = "0.2",
): Promise<void> {
  await page.getByRole("button", { name: "Create agent" }).first().click();
  await page.getByLabel("Subject").fill(subject);
  await page.getByLabel("Id", { exact: true }).fill(id);
  await page.getByLabel("Interval").fill(interval);
  await page.getByRole("dialog").getByRole("button", { name: "Create agent" }).click();
}

/** Whether something is wider than the page, which must not scroll to the side. */
export function isCut(page: Page): Promise<boolean> {
  return page.evaluate(
    "document.documentElement.scrollWidth > document.documentElement.clientWidth",
  );
}
