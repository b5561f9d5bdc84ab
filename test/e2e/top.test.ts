import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { PseudoTerminal, type TerminalOptions } from "../support/pseudo-terminal.ts";

const entry = fileURLToPath(new URL("../../dist/troupe.js", import.meta.url));

/** How `troupe top` must leave every terminal: colours, wrapping, cursor, the screen of before. */
const RESTORED = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

function top(options: TerminalOptions): PseudoTerminal {
  return new PseudoTerminal([process.execPath, entry, "top"], options);
}

async function createAgents(database: Database, ...ids: readonly string[]): Promise<void> {
  const config = { interval_ms: 200 };
  const created = ids.map((id) =>
    database.queue.agentCreate(id, "test", { initialSubject: "cats", config }),
  );
  for (const id of created) await database.processed(id);
}

test("top shows agents and steers them by keys", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  await createAgents(database, "agent1", "agent2");
  await using terminal = top({ cwd: database.folder });

  await terminal.saw(/^> agent1 +running +cats +\d+/);
  await terminal.saw(/^ {2}agent2 +running/);
  terminal.press("p");
  await terminal.saw(/^pause agent1: done/);
  await terminal.saw(/^> agent1 +paused/);
  terminal.press("i");
  await terminal.saw(/^interrupt agent1 \(subject or JSON\): ▏/);
  terminal.press("big owls\r");
  await terminal.saw(/^interrupt agent1: done/);
  terminal.press("r");
  await terminal.saw(/^> agent1 +running +big owls/);
  terminal.press("r");
  terminal.press("\r");
  await terminal.saw(/^config +\{"interval_ms":200\}/);
  terminal.press("q");
  await terminal.saw(/^> agent1 /);
  terminal.press("\u001b[B"); // down
  await terminal.saw(/^> agent2 /);
  terminal.press("d");
  await terminal.saw(/^destroy agent2\? y\/n/);
  terminal.press("y");
  await terminal.saw(/^destroy agent2: done/);
  await terminal.saw(/^> agent2 +stopped/);
  terminal.press("/agent1\r");
  await terminal.saw(/1 listed: all, by id, search agent1/);
  terminal.press("q");
  expect(await terminal.ended()).toBe(0);
  expect(terminal.output.endsWith(RESTORED)).toBe(true);
});

test("top reports that the server is gone, and continues when it is back", async () => {
  await using database = await Database.make();
  await using terminalAndServer = new AsyncDisposableStack();
  const program = terminalAndServer.use(await Program.start({ cwd: database.folder }));
  await createAgents(database, "agent1");
  const terminal = terminalAndServer.use(top({ cwd: database.folder }));
  await terminal.saw(/^> agent1 +running/);
  await program.end("SIGKILL");
  await terminal.saw(/^not connected, retrying: /);
  await using _again = await Program.start({ cwd: database.folder });
  await database.agent("agent1", (row) => row.epoch === 2 && row.status === "running");
  await terminal.saw(/^connected|steps\/s/);
  terminal.press("p");
  await terminal.saw(/^pause agent1: done/);
  await terminal.saw(/^> agent1 +paused/);
  terminal.signal("SIGTERM");
  expect(await terminal.ended()).toBe(0);
  expect(terminal.output.endsWith(RESTORED)).toBe(true);
});

test("top reports that a server which is still connected sends nothing", async () => {
  await using database = await Database.make();
  await using program = await Program.start({ cwd: database.folder });
  await createAgents(database, "agent1");
  await using terminal = top({ cwd: database.folder });
  await terminal.saw(/steps\/s/);
  process.kill(program.pid, "SIGSTOP");
  try {
    await terminal.saw(/^no data for \d+ s: the server or the connection is slow/);
  } finally {
    process.kill(program.pid, "SIGCONT");
  }
  await terminal.saw(/^[\d.]+ steps\/s/);
  terminal.press("q");
  expect(await terminal.ended()).toBe(0);
});

test("top without colours writes none, and still marks the selection", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  await createAgents(database, "agent1");
  await using terminal = top({
    cwd: database.folder,
    env: { NO_COLOR: "1" },
    columns: 60,
    rows: 8,
  });
  const screen = await terminal.saw(/^> agent1 +running/);
  expect(screen.length).toBeLessThanOrEqual(8);
  terminal.press("\u0003"); // Ctrl-C
  expect(await terminal.ended()).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
  expect(terminal.output).not.toMatch(/\u001b\[[1-9]\d*m/);
});

test("top ends with exit code 6 if no server runs, and does not touch the screen", async () => {
  await using database = await Database.make();
  await using terminal = top({ cwd: database.folder });
  expect(await terminal.ended()).toBe(6);
  expect(terminal.output).toContain("SERVER_UNREACHABLE: no server runs on");
  expect(terminal.output).not.toContain("\u001b[?1049h");
});

test("top without a shell above it, which nobody could continue, takes its screen again after Ctrl-Z", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  await createAgents(database, "agent1");
  await using terminal = top({ cwd: database.folder });
  await terminal.saw(/^> agent1 +running/);
  terminal.press("\u001ap"); // Ctrl-Z, and then a pause
  await terminal.saw(/^pause agent1: done/);
  expect(terminal.output).toContain(RESTORED);
  terminal.signal("SIGTSTP");
  terminal.press("r");
  await terminal.saw(/^resume agent1: done/);
  terminal.press("q");
  expect(await terminal.ended()).toBe(0);
  expect(terminal.output.split(RESTORED)).toHaveLength(4);
});
