/** What a test of the dashboard needs: a program on a database of its own, and a browser to open its page. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { Browser, type OpenPage } from "./browser.ts";
import { addressOf, statusOnPage } from "./dashboard.ts";
import { Database } from "./database.ts";
import { Program } from "./program.ts";

export interface StageOptions {
  /** Modules of agents, by the names of their files. */
  readonly agents?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Fills the database and the folder around it before the program starts. */
  readonly prepare?: (database: Database) => Promise<unknown>;
}

export interface View extends BrowserContextOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "dark" | "light";
}

export class DashboardStage implements AsyncDisposable {
  readonly database: Database;
  readonly program: Program;
  readonly browser: Browser;
  readonly #opened: AsyncDisposableStack;

  private constructor(
    { database, program, browser }: Pick<DashboardStage, "database" | "program" | "browser">,
    opened: AsyncDisposableStack,
  ) {
    this.database = database;
    this.program = program;
    this.browser = browser;
    this.#opened = opened;
  }

  static async start({ agents, env = {}, prepare }: StageOptions = {}): Promise<DashboardStage> {
    await using opened = new AsyncDisposableStack();
    const database = opened.use(await Database.make());
    if (agents !== undefined) await writeAgents(database.folder, agents);
    await prepare?.(database);
    const program = opened.use(await Program.start({ cwd: database.folder, env }));
    const browser = opened.use(await Browser.start());
    return new DashboardStage({ database, program, browser }, opened.move());
  }

  address(): Promise<string> {
    return addressOf(this.program);
  }

  /** Opens the page of an agent that runs. */
  async openAgent(id: string): Promise<OpenPage> {
    const opened = await this.open();
    const { page } = opened;
    await page.goto(new URL(`/#/agents/${id}`, page.url()).href);
    await statusOnPage(page, "running");
    return opened;
  }

  /** Opens the page, by default without its content policy, which would keep axe out. */
  async open({ width = 1_440, height = 900, scheme, ...options }: View = {}): Promise<OpenPage> {
    return await this.browser.open(await this.address(), {
      bypassCSP: true,
      viewport: { width, height },
      colorScheme: scheme ?? "light",
      ...options,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

/** Where the program finds them without a setting. */
async function writeAgents(folder: string, agents: Readonly<Record<string, string>>) {
  await mkdir(join(folder, "agents"));
  for (const [name, module] of Object.entries(agents)) {
    await writeFile(join(folder, "agents", name), module);
  }
}
