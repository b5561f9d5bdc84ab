import { styleText } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { widthOf } from "../../../src/cli/text/plain-text.ts";
import { clampSelection, listAgents, wholeList } from "../../../src/cli/top/list-view.ts";
import type { Look } from "../../../src/cli/top/look.ts";
import { renderTop, rowsShown } from "../../../src/cli/top/screen.ts";
import { type Figures, firstState, type TopState } from "../../../src/cli/top/state.ts";
import { TroupeError } from "../../../src/model/errors.ts";
import type { FleetStats } from "../../../src/model/event.ts";
import { FleetPicture } from "../../../src/picture/fleet-picture.ts";
import { StatsHistory } from "../../../src/picture/stats-history.ts";
import { fleetStats, noAgents, noCalls, usageCounts } from "../../support/sample-rows.ts";
import { agentView, liveFigures } from "./agent-views.ts";

const now = 1_700_000_000_000;
const plain: Look = { rows: 12, columns: 120, now, paint: (_style, text) => text };

const stats = fleetStats({
  agents: { ...noAgents, running: 12, paused: 3, error: 1 },
  actions: {
    in_flight: 2,
    queued_total: 100,
    processed_total: { done: 90, cancelled: 0, rejected: 8, dead: 2 },
  },
  steps_total: { ok: 1_000, error: 10, aborted: 1 },
  llm: {
    ...noCalls,
    in_flight: 1,
    calls_total: 5,
    input_tokens_total: 1_000,
    output_tokens_total: 500,
  },
  process: { rss_bytes: 300 * 1024 ** 2, cpu_ms: 1, uptime_ms: 65_000, event_loop_delay_ms: 1.23 },
});

const fleet = new FleetPicture();
fleet.read(
  Array.from({ length: 40 }, (_, n) => agentView(`agent${n}`, { live: liveFigures() })),
  now,
);

/** Before the second reading. */
function firstFigures(first: FleetStats): Figures {
  return { stats: first, rates: undefined, receivedAt: now };
}

function drawn(state: Partial<TopState>, look: Partial<Look> = {}): readonly string[] {
  const full = { ...plain, ...look };
  const whole = { ...firstState, ...state };
  const agents = listAgents(fleet.agents, whole.view, now);
  const view = clampSelection(whole.view, agents, rowsShown(full));
  return renderTop({ ...whole, view }, agents, full);
}

test("the screen is figures, the agents that fit, and the keys", () => {
  const later = { ...stats, steps_total: { ...stats.steps_total, ok: 1_030 } };
  const history = new StatsHistory();
  history.add(now - 2_000, stats);
  history.add(now, later);
  const figures = { stats: later, rates: history.samples.at(-1), receivedAt: now };
  const lines = drawn({ figures });
  expect(lines).toHaveLength(12);
  expect(lines[0]).toBe(
    "15 steps/s  0 actions/s  2 in flight  1,500 tokens  0 tokens/s  rss 300.0 MiB  loop 1.2 ms  up 1 min",
  );
  expect(lines[1]).toBe("16 agents  1 error  3 paused  12 running  40 listed: all, by id");
  expect(lines[2]).toMatch(/^ {2}id\* +status +subject +steps +per min +memory +cpu +last/);
  expect(lines[3]).toMatch(/^> agent0 +running +cats +3 +\S+ +5\.0 MiB +a joke +$/);
  expect(lines[10]).toMatch(/^ {2}agent7 /);
  expect(lines[11]).toMatch(/^\? help {2}q quit {2}↑↓ select/);
});

test("a server that is away, and a database that refuses writes are on the first line", () => {
  const error = new TroupeError("SERVER_UNREACHABLE", "no server answers\u001b[2J");
  expect(drawn({ connection: { isOpen: false, error } })[0]).toBe(
    "not connected, retrying: no server answers",
  );
  const store = {
    is_healthy: false,
    failing_since: now,
    error: { code: "STORE_UNAVAILABLE", message: "disk full" },
  };
  expect(drawn({ figures: firstFigures({ ...stats, store }) })[0]).toBe(
    "the database refuses writes: disk full",
  );
});

test("figures that nothing has replaced for seconds are not shown as current", () => {
  const figures = firstFigures(stats);
  expect(drawn({ figures }, { now: now + 6_000 })[0]).toMatch(/^\d+ in flight/);
  expect(drawn({ figures }, { now: now + 12_000 })[0]).toBe(
    "no data for 12 s: the server or the connection is slow",
  );
});

test("agents that do not respond are counted next to the statuses", () => {
  const [, line] = drawn({ figures: firstFigures({ ...stats, unresponsive: 2 }) });
  expect(line).toContain("  12 running  2 unresponsive  40 listed");
});

test("questions and receipts are on the bottom line", () => {
  const bottom = (state: Partial<TopState>) => drawn(state, { columns: 60 }).at(-1);
  expect(bottom({ prompt: { kind: "destroy", agentIds: ["agent1"] } })).toMatch(
    /^destroy agent1\? y\/n {2}history is kept; a step/,
  );
  const text = `${"word ".repeat(30)}end`;
  const asked = bottom({ prompt: { kind: "interrupt", agentIds: ["agent1"], text } }) ?? "";
  expect(asked.endsWith("word end▏")).toBe(true);
  expect(widthOf(asked)).toBeLessThanOrEqual(60);
  expect(bottom({ message: { text: "pause a: done", tone: "good" } })).toBe("pause a: done");
});

test("at 80 columns the help is named and fits, and the results have the room", () => {
  const look = { rows: 24, columns: 80 };
  expect(drawn({}, look).at(-1)).toMatch(/^\? help /);
  expect(drawn({}, look).at(-1)).toMatch(/ i interrupt {2}d destroy$/);
  const asked = drawn({ prompt: { kind: "destroy", agentIds: ["agent1"] } }, look).at(-1) ?? "";
  expect(asked).toMatch(/ is lost$/);
  const help = drawn({ isHelpShown: true }, look);
  expect(help.at(-1)).toBe("any key closes the help");
  expect(help.join("\n")).toMatch(/paused by\n +failures.*error, stopped\n/);
  expect(help.slice(2, -1).join("")).not.toContain("…");
  const title = drawn({}, look)[2] ?? "";
  expect(80 - title.indexOf("last result")).toBeGreaterThanOrEqual(24);
});

test("statuses that fit keep their colours when the line is cut", () => {
  const paint: Look["paint"] = (style, text) => styleText(style, text, { validateStream: false });
  const figures = firstFigures(stats);
  const [, line = ""] = drawn({ figures }, { columns: 34, paint });
  expect(line).toContain("\u001b[33m3 paused\u001b[39m");
  expect(line.endsWith("…") || line.includes("…\u001b")).toBe(true);
  expect(widthOf(line)).toBeLessThanOrEqual(34);
});

test("figures that do not fit are left out whole", () => {
  const figures = firstFigures(stats);
  const [line] = drawn({ figures }, { columns: 40 });
  expect(line).toBe("2 in flight  1,500 tokens  rss 300.0 MiB");
});

test("the first line has what was spent today, and names the agent that has spent most", () => {
  const day = { input_tokens: 9, output_tokens: 1, cost_usd: 1.25, unpriced_tokens: 0 };
  const usage = usageCounts({ day, top: { agent_id: "agent7", day: { ...day, cost_usd: 0.8 } } });
  const [line] = drawn({ figures: firstFigures({ ...stats, usage }) });
  expect(line).toContain("  today $1.25  most agent7 $0.80  ");
});

test("rates that are not known yet are not shown", () => {
  const [line] = drawn({ figures: firstFigures(stats) });
  expect(line).toMatch(/^2 in flight /);
});

test("agents that do not respond, and waiting guidance, are shown", () => {
  const stuck = liveFigures({ unresponsive_since: now });
  const pending_guidance = [{ action_id: "1", guidance: { subject: "dogs" }, at: now }];
  const some = new FleetPicture();
  some.read([agentView("a", { live: stuck }), agentView("b", { pending_guidance })], now);
  const lines = renderTop(firstState, listAgents(some.agents, wholeList, now), plain);
  expect(lines[3]).toMatch(/^> a +stuck +cats/);
  expect(lines[4]).toMatch(/^ {2}b +running +\+1 cats/);
});

test("the selected agent is marked with and without colours", () => {
  const view = { ...wholeList, selectedId: "agent3" };
  expect(drawn({ view })[6]).toMatch(/^> agent3 /);
  const paint: Look["paint"] = (style, text) => styleText(style, text, { validateStream: false });
  const coloured = drawn({ view }, { paint })[6] ?? "";
  expect(coloured.startsWith("\u001b[7m> agent3")).toBe(true);
  expect(widthOf(coloured)).toBe(120);
});

test("no line is wider than the terminal or moves the cursor, for any text of agents", () => {
  const anyText = fc.string({ unit: "binary", maxLength: 60 });
  const size = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 20, max: 200 }),
  });
  const property = fc.property(
    anyText,
    anyText,
    anyText,
    size,
    (result, subject, search, wanted) => {
      const told = new FleetPicture();
      const evil = { result: `\u001b]0;x\u0007${result}`, current_subject: `${subject}\u001b[31m` };
      told.read([agentView("agent1", evil)], now);
      const agents = listAgents(told.agents, wholeList, now);
      const state: TopState = {
        ...firstState,
        view: { ...clampSelection(wholeList, agents, 5), search },
        message: { text: `${result}${search}`, tone: "plain" },
        figures: firstFigures(stats),
      };
      const lines = renderTop(state, agents, { ...plain, ...wanted });
      expect(lines).toHaveLength(wanted.rows);
      for (const line of lines) {
        expect(widthOf(line)).toBeLessThanOrEqual(wanted.columns);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});
