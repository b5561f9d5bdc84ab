/** A start under leases, and what a newcomer gets wrong. */

import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { troupe } from "../cli/command.ts";
import { freePort, listening } from "../support/listening.ts";
import { Program } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

test("a spare whose engine does not answer is alive, says why it is not ready, and ends in order", async () => {
  await using folder = await makeTempFolder();
  // It accepts connections and answers nothing.
  const server = createServer(() => undefined);
  await using engine = await listening(server);
  await mkdir(join(folder.path, "db"));
  await writeFile(join(folder.path, "db", "fleet.json"), '{ "shards": 4 }');
  const env = {
    TROUPE_DB: join(folder.path, "db"),
    TROUPE_LEASES: `etcd://127.0.0.1:${engine.port}/troupe?ttl=2`,
  };
  const port = await freePort();
  for (const flags of [[], ["--no-heart"]]) {
    await using program = new Program({
      cwd: folder.path,
      args: ["start", ...flags],
      env: { ...env, TROUPE_PORT: String(port) },
      isGroup: true,
    });
    await program.line(/spare: etcd at .* no answer within 1 s/);
    const at = `http://127.0.0.1:${port}`;
    expect((await fetch(`${at}/healthz`)).status).toBe(200);
    for (const path of ["/readyz", "/api/agents"]) {
      const answer = await fetch(`${at}${path}`);
      expect([answer.status, await answer.json()]).toMatchObject([
        503,
        { code: "SERVER_NOT_READY", detail: expect.stringMatching(/^spare: etcd at/) },
      ]);
    }
    const doctor = await troupe({ cwd: folder.path, env }, "doctor");
    expect(doctor.stdout).toMatch(/fail +leases +LEASES_UNAVAILABLE: etcd at .* no answer/);
    expect(await program.end()).toBe(0);
    await program.closed();
    expect(program.output).toMatch(/Troupe has stopped; it was a spare/);
    expect(program.lines.filter((line) => line.includes("no answer"))).toHaveLength(1);
  }
  server.closeAllConnections();
});

describe("a start is refused", () => {
  test.each([
    ["etcd://root:hunter2@a/p", {}, /set ETCDCTL_USER and ETCDCTL_PASSWORD/],
    ["consul://a/p", {}, /TROUPE_LEASES must be etcd:\/\/host:port\/prefix/],
    ["etcd://a/p", { ETCDCTL_USER: "root:hunter2" }, /ETCDCTL_USER must be a user name alone/],
    [
      "etcd://a/p",
      { ETCDCTL_PASSWORD: "hunter2" },
      /ETCDCTL_USER and ETCDCTL_PASSWORD must be set/,
    ],
    ["etcd://a/p", { ETCDCTL_CACERT: "/none" }, /TROUPE_LEASES must be etcds/],
    ["etcds://a/p", { ETCDCTL_CACERT: "/none" }, /ETCDCTL_CACERT must be a file .*\/none/],
    ["kubernetes://agents/troupe", {}, /must run in a pod/],
  ])("with TROUPE_LEASES=%s and %j", async (leases, env, message) => {
    await using folder = await makeTempFolder();
    const place = { cwd: folder.path, env: { ...env, TROUPE_LEASES: leases, TROUPE_PORT: "0" } };
    for (const flags of [[], ["--no-heart"]]) {
      const { code, stdout, stderr } = await troupe(place, "start", ...flags);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      expect(stdout + stderr).not.toMatch(/hunter2|restarting/);
    }
  });
});

test("a port that is in use ends the start of a spare", async () => {
  await using folder = await makeTempFolder();
  await using other = await listening(createServer());
  const env = { TROUPE_LEASES: "etcd://127.0.0.1:1/p", TROUPE_PORT: String(other.port) };
  const { code, stderr } = await troupe({ cwd: folder.path, env }, "start");
  expect(code).toBe(1);
  expect(stderr).toMatch(/ADDRESS_UNAVAILABLE/);
});
