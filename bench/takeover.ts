/**
 * Who runs a database: four starts at the same moment from four folders, again and again; then kills
 * under load, each followed immediately by a start from another folder. Of four starts one must serve
 * and three must name it; no answered action may be lost, and no iteration may count twice. With
 * `BENCH_PLACE=s3://bucket/path` and `AWS_*` on an object store.
 */

import { setTimeout as delay } from "node:timers/promises";
import { TroupeError } from "../dist/index.js";
import { chanceOf, chooseSeed } from "../test/support/chance.ts";
import { clientOf, makePlace, type Place, programIn } from "../test/support/owners.ts";
import type { Program } from "../test/support/program.ts";
import { until } from "../test/support/until.ts";
import { percentile, report } from "./report.ts";

type Client = Awaited<ReturnType<typeof clientOf>>;

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 200);
const KILLS = Number(process.env["BENCH_KILLS"] ?? 100);
const SEED = Number(process.env["BENCH_SEED"] ?? chooseSeed());
const KIND = (process.env["BENCH_PLACE"] ?? "folder") as Parameters<typeof makePlace>[0];
const STARTS = ["a", "b", "c", "d"];
/** What is answered is in the table: the killed process's journal stays in its own folder. */
const ACK = ["--ack", "table"];
const AGENTS = 20;
const CALLERS = 4;
/** Milliseconds between a start that serves and its kill, at most. */
const LIFE_MS_MAX = 3_000;
/** Milliseconds within which an agent should have used its guidance. */
const USED_MS_MAX = 30_000;

/** Steps of one page: each is a scan of the table. */
const STEPS_MAX = 1_000;

interface Sent {
  readonly id: string;
  readonly agentId: string;
  readonly n: number;
}

let posted = 0;

const races = await race();
const kills = await kill();
report("takeover", [
  { what: "rounds of four starts at the same moment", value: ROUNDS, unit: "" },
  { what: "rounds in which not exactly one served", value: races.torn, unit: "", most: 0 },
  { what: "refused starts that did not name the one", value: races.unnamed, unit: "", most: 0 },
  { what: "kills under load, each with a start elsewhere", value: KILLS, unit: "" },
  { what: "actions answered", value: kills.answered, unit: "" },
  { what: "answered actions that were lost", value: kills.lost, unit: "", most: 0 },
  { what: "guidance used not exactly once", value: kills.misused, unit: "", most: 0 },
  { what: "steps", value: kills.steps, unit: "" },
  {
    what: "iterations that counted twice or were left out",
    value: kills.uneven,
    unit: "",
    most: 0,
  },
  { what: "kill until the next one serves, median", value: kills.returnMs, unit: "ms" },
]);
console.log(`seed ${SEED}`);

/** Every second round is on the database of the one before. */
async function race(): Promise<{ readonly torn: number; readonly unnamed: number }> {
  let torn = 0;
  let unnamed = 0;
  for (let round = 0; round < ROUNDS; round += 2) {
    await using place = await makePlace(KIND);
    for (let again = round; again < Math.min(round + 2, ROUNDS); again += 1) {
      const { isTorn, unnamedHere } = await raceOnce(place);
      torn += isTorn ? 1 : 0;
      unnamed += unnamedHere;
    }
  }
  return { torn, unnamed };
}

async function raceOnce(place: Place) {
  await using programs = new AsyncDisposableStack();
  const all = STARTS.map((name) => programs.use(programIn(place, name)));
  const isServing = (program: Program) => program.lines.some((line) => /^model/.test(line));
  await until(() => all.every((program) => !program.isAlive || isServing(program)));
  const [winner, ...others] = all.filter(({ isAlive }) => isAlive);
  const losers = all.filter(({ isAlive }) => !isAlive);
  const url = winner === undefined ? "" : (await clientOf(winner)).source.url;
  const unnamed = losers.filter(
    ({ output }) => !/DATABASE_LOCKED: database .* is in use/.test(output) || !output.includes(url),
  );
  const isTorn = winner === undefined || others.length > 0;
  if (isTorn || unnamed.length > 0) for (const { output } of all) console.error(`${output}\n`);
  await winner?.end();
  return { isTorn, unnamedHere: unnamed.length };
}

async function kill() {
  const chance = chanceOf(SEED);
  await using place = await makePlace(KIND);
  const sent: Sent[] = [];
  const returns: number[] = [];
  let program = programIn(place, "a", ...ACK);
  await createAgents(await clientOf(program));
  for (let n = 1; n <= KILLS; n += 1) {
    const isOver = new AbortController();
    const client = await clientOf(program);
    const callers = Array.from({ length: CALLERS }, () => steer(client, sent, isOver.signal));
    await delay(LIFE_MS_MAX * chance());
    program.signalGroup("SIGKILL");
    const killedAt = performance.now();
    isOver.abort();
    const next = programIn(place, STARTS[n % STARTS.length] ?? "", ...ACK, "--takeover");
    await Promise.all([...callers, program.closed()]);
    program = next;
    await clientOf(program);
    returns.push(performance.now() - killedAt);
  }
  await using _last = program;
  const found = await check(await clientOf(program), sent);
  await program.end();
  return { ...found, answered: sent.length, returnMs: percentile(returns, 0.5) };
}

async function createAgents(client: Client): Promise<void> {
  const config = { interval_ms: 50 };
  const requests = Array.from({ length: AGENTS }, (_, n) => ({
    action: "create_agent",
    actor: "bench",
    payload: { agent_id: `agent${n}`, agent_type: "ledger", config },
  }));
  for (const id of await client.enqueue(requests)) await client.actionWait(id, 60_000);
}

/** Interrupts one agent after the other, and keeps what was answered. */
async function steer(client: Client, sent: Sent[], isOver: AbortSignal): Promise<void> {
  while (!isOver.aborted) {
    posted += 1;
    const n = posted;
    const agentId = `agent${n % AGENTS}`;
    try {
      sent.push({ id: await client.agentInterrupt(agentId, "bench", { n }), agentId, n });
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      // Without an answer the action may be stored or not.
      await delay(20);
    }
  }
}

async function check(client: Client, sent: readonly Sent[]) {
  let lost = 0;
  for (const { id } of sent) {
    const { outcome } = (await client.actionWait(id, 60_000)) ?? {};
    if (outcome !== "done") lost += 1;
  }
  let misused = 0;
  let uneven = 0;
  let steps = 0;
  for (let at = 0; at < AGENTS; at += 1) {
    const agentId = `agent${at}`;
    const expected = sent.filter((one) => one.agentId === agentId).map(({ n }) => n);
    const seen = await guidanceOf(client, agentId, expected);
    for (const n of expected) {
      const uses = seen.filter((one) => one === n).length;
      if (uses === 1) continue;
      misused += 1;
      console.error(`${agentId} used guidance ${n} ${uses} times`);
    }
    const iterations = await iterationsOf(client, agentId);
    steps += iterations.length;
    const last = Math.max(...iterations);
    const isEven = new Set(iterations).size === iterations.length && iterations.length === last;
    uneven += isEven ? 0 : 1;
  }
  return { lost, misused, uneven, steps };
}

/** The guidance that the agent's steps have used, once that is all of the expected or a while is over. */
async function guidanceOf(client: Client, agentId: string, expected: readonly number[]) {
  const deadline = performance.now() + USED_MS_MAX;
  return until(async () => {
    const seen = seenBy(await client.agentFind(agentId));
    const isWhole = expected.every((n) => seen.includes(n));
    return isWhole || performance.now() > deadline ? seen : undefined;
  });
}

function seenBy(agent: Awaited<ReturnType<Client["agentFind"]>>): readonly number[] {
  return (agent?.context as { readonly seen: readonly number[] } | null)?.seen ?? [];
}

async function iterationsOf(client: Client, agentId: string): Promise<readonly number[]> {
  const iterations: number[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await client.stepPage(agentId, { limit: STEPS_MAX, ...from });
    iterations.push(...page.items.map(({ iteration }) => iteration));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return iterations;
}
