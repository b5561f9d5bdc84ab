/**
 * Chromium, driven by playwright-core: one browser for a test file, a page for each test. It is the
 * machine's own where there is one, else the one that comes with the packages.
 */

import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import type { AxeResults } from "axe-core";
import {
  type BrowserContextOptions,
  type Browser as Chromium,
  chromium,
  type Page,
} from "playwright-core";
import { bundledChromium, type InstalledBrowser } from "./bundled-chromium.ts";

const names = ["chromium", "chromium-browser", "google-chrome"];

const flags = [
  "--no-sandbox",
  "--headless",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-dev-shm-usage",
  "--no-first-run",
];

/**
 * The browser to test with. `TEST_BROWSER=bundled` takes the one from the packages even where the
 * machine has its own.
 */
async function findBrowser(env: NodeJS.ProcessEnv = process.env): Promise<InstalledBrowser> {
  const path = env["TEST_BROWSER"] === "bundled" ? "" : (env["PATH"] ?? "");
  const places = path.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const executablePath = places.find(isExecutable);
  return executablePath === undefined ? await bundledChromium() : { executablePath, env: {} };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export class Browser implements AsyncDisposable {
  readonly #chromium: Chromium;

  private constructor(browser: Chromium) {
    this.#chromium = browser;
  }

  /** @param settings of the browser, as more flags */
  static async start(...settings: readonly string[]): Promise<Browser> {
    const { executablePath, env } = await findBrowser();
    const launched = {
      executablePath,
      args: [...flags, ...settings],
      env: { ...process.env, ...env },
    };
    return new Browser(await chromium.launch(launched));
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const context = await this.#chromium.newContext({
      viewport: { width: 1_440, height: 900 },
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      // The browser tells of every answer that is an error; what the page makes of it is tested.
      const isAnswer = /\/api\/|\/\w+\.json/.test(`${message.location().url} ${message.text()}`);
      if (message.type() === "error" && !isAnswer) faults.push(message.text());
    });
    await page.goto(url);
    return { page, faults, [Symbol.asyncDispose]: () => context.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chromium.close();
  }
}

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the page's own, among them everything that its content policy refused. */
  readonly faults: readonly string[];
}

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds serious or critical, as `rule: element`. The page must have been opened with `bypassCSP`. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: axePath });
  const run = "axe.run(document, { resultTypes: ['violations'] })";
  const { violations } = (await page.evaluate(run)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}
