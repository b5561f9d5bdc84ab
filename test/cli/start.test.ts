import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../../src/index.ts";
import { listening } from "../support/listening.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";
import { RunningCommand, troupe } from "./command.ts";

test("start prints three lines about what it serves, logs each step, and ends with exit code 0", async () => {
  await using folder = await makeTempFolder();
  const place = { cwd: folder.path };
  await using fleet = new RunningCommand(place, ["start", "--no-heart", "--poll-ms", "200"]);
  await fleet.saw(/^model .*\n/m);
  expect(fleet.stdout.split("\n")).toEqual([
    expect.stringMatching(/^Troupe serves at http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/),
    `database  ${join(folder.path, "data/troupe")}`,
    expect.stringMatching(/^model {5}offline model/),
    "",
  ]);
  const created = await troupe(
    place,
    ...["agent", "create", "agent1", "--subject", "cats", "--interval", "100", "--wait", "30"],
  );
  expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/ done\n$/) });
  expect(created.stderr).toContain(`queued for process ${fleet.pid}`);
  await fleet.saw(/INFO: \[agent1\] .+\n/);
  fleet.signal("SIGTERM");
  const { code, stdout } = await fleet.ended();
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nTroupe has stopped; .*\n$/);
});

test("results of steps are logged at level debug while more than twenty agents run", async () => {
  await using folder = await makeTempFolder();
  await using queue = await openQueue(join(folder.path, "data/troupe"));
  const payload = { agent_type: "joke", config: { interval_ms: 86_400_000 } };
  const create = (_: unknown, n: number) =>
    ({ action: "create_agent", actor: "me", payload: { agent_id: `a${n}`, ...payload } }) as const;
  await queue.enqueue(Array.from({ length: 22 }, create));
  const place = { cwd: folder.path };
  await using fleet = new RunningCommand(place, ["start", "--no-heart"]);
  await fleet.saw(/ agents run: results of steps are logged at level debug/);
  const { items } = await until(async () => {
    const page = await queue.agentPage({ limit: 100 });
    return page.items.every(({ iteration }) => iteration > 0) && page.items.length === 22 && page;
  });
  const shown = items.filter(({ agent_id }) => fleet.stdout.includes(`[${agent_id}] `));
  expect(shown.length).toBeLessThanOrEqual(20);
});

test("a second start on the same database names the process that runs", async () => {
  await using folder = await makeTempFolder();
  const args = ["start", "--no-heart", "--db", "my db"];
  const place = { cwd: folder.path };
  await using first = new RunningCommand(place, args);
  await first.saw(/^model /m);
  const second = await troupe(place, ...args);
  expect(second).toMatchObject({ code: 1, stdout: "" });
  expect(second.stderr).toMatch(
    new RegExp(`^troupe: DATABASE_LOCKED: .* process ${first.pid} on .*\\n$`),
  );
  first.signal("SIGINT");
  expect(await first.ended()).toMatchObject({ code: 0 });
});

test("a second signal ends the program immediately", async () => {
  await using folder = await makeTempFolder();
  const busy = join(folder.path, "busy.ts");
  await writeFile(busy, `export default { type: "busy", step() { for (;;) {} } };`);
  const place = { cwd: folder.path };
  const args = ["start", "--no-heart", "--agents", busy, "--destroy-timeout-ms", "600000"];
  await using fleet = new RunningCommand(place, args);
  await fleet.saw(/^model /m);
  await troupe(place, "agent", "create", "a", "--type", "busy", "--wait", "30");
  fleet.signal("SIGINT");
  await fleet.saw(/SIGINT: agents stop/);
  await until(() => {
    fleet.signal("SIGTERM");
    return fleet.isClosed;
  });
  expect(await fleet.ended()).toMatchObject({ code: 143 });
});

test("a thread that cannot be ended does not hold up the end of the process", async () => {
  await using folder = await makeTempFolder();
  const deaf = join(folder.path, "deaf.ts");
  await writeFile(
    deaf,
    `import { pbkdf2Sync } from "node:crypto";
     export default { type: "deaf", step: () => pbkdf2Sync("a", "b", 2 ** 31 - 1, 64, "sha512") };`,
  );
  const place = { cwd: folder.path };
  const args = ["start", "--no-heart", "--agents", deaf, "--destroy-timeout-ms", "100"];
  await using fleet = new RunningCommand(place, args);
  await fleet.saw(/^model /m);
  await troupe(place, "agent", "create", "a", "--type", "deaf", "--wait", "30");
  fleet.signal("SIGTERM");
  const { code, stdout } = await fleet.ended();
  expect(code).toBe(0);
  expect(stdout).toMatch(/\nTroupe has stopped; .*\n.* a thread did not end within 3 s, .*\n$/);
});

test("a hang-up is ignored under nohup, and drains otherwise", async () => {
  await using folder = await makeTempFolder();
  const args = ["start", "--no-heart"];
  const nohup = { cwd: folder.path, env: { _: "/usr/bin/nohup" } };
  await using fleet = new RunningCommand(nohup, args);
  await fleet.saw(/^model /m);
  fleet.signal("SIGHUP");
  fleet.signal("SIGTERM");
  expect(await fleet.ended()).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("SIGTERM: agents stop"),
  });
});

test("a model that cannot be used ends the start with one line and exit code 1", async () => {
  await using folder = await makeTempFolder();
  const { code, stdout, stderr } = await troupe({ cwd: folder.path }, "start", "--llm", "openai");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^troupe: SETTING_INVALID: TROUPE_LLM .*OPENAI_API_KEY.*\n$/);
});

test("a port in use ends the start with one line and exit code 1, also below a heart", async () => {
  await using folder = await makeTempFolder();
  await using taken = await listening(createServer());
  const address = `127.0.0.1:${taken.port}`;
  const { code, stdout, stderr } = await troupe(
    { cwd: folder.path },
    ...["start", "--port", `${taken.port}`],
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(
    `troupe: ADDRESS_UNAVAILABLE: ${address} is in use by another program; --port or TROUPE_PORT sets another port, 0 any free one\n`,
  );
});

test("a public address without a token set by hand ends the start", async () => {
  await using folder = await makeTempFolder();
  const { code, stderr } = await troupe({ cwd: folder.path }, "start", "--host", "0.0.0.0");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^troupe: SETTING_INVALID: TROUPE_TOKEN must be a token of at least 16/);
});
