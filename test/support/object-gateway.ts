/** A real object store: Ceph's gateway on one node in memory, from Debian's packages, on loopback. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { listening } from "./listening.ts";
import type { Needed } from "./needed-programs.ts";
import { until } from "./until.ts";

export const gatewayPrograms: Needed = {
  purpose: "an object gateway",
  programs: ["radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-mgr", "ceph-osd", "curl"],
  packages: ["radosgw", "ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common", "curl"],
};

const KEY = "troupe-test";
const SECRET = "secret-of-the-test";

/** Milliseconds for one command of Ceph's. */
const COMMAND_MS_MAX = 60_000;

const run = promisify(execFile);

export class ObjectGateway implements AsyncDisposable {
  readonly endpoint: string;
  readonly #folder: string;
  readonly #config: string;
  /** In the order of their start. The gateway is the last. */
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string, port: number) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#folder = folder;
    this.#config = join(folder, "ceph.conf");
  }

  /** Takes some 20 s. */
  static async start(): Promise<ObjectGateway> {
    const folder = await mkdtemp(join(tmpdir(), "gateway-"));
    const [port, ...monitorPorts] = await freePorts(3);
    const gateway = new ObjectGateway(folder, port ?? 0);
    try {
      await gateway.#start(monitorPorts);
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
    return gateway;
  }

  /** What a program needs for a database in the bucket. */
  env(bucket: string, endpoint = this.endpoint): Readonly<Record<string, string>> {
    return {
      TROUPE_DB: `s3://${bucket}/fleet`,
      AWS_ENDPOINT: endpoint,
      AWS_ALLOW_HTTP: "true",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
    };
  }

  async makeBucket(name: string): Promise<void> {
    const signing = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", `${KEY}:${SECRET}`];
    // Ceph refuses a signature without it.
    const hash = createHash("sha256").digest("hex");
    const header = ["--header", `x-amz-content-sha256: ${hash}`];
    const url = `${this.endpoint}/${name}`;
    await run("curl", ["--silent", "--fail", ...signing, ...header, "--request", "PUT", url]);
  }

  /** Accepts connections and answers nothing until it continues. */
  stall(): void {
    this.#children.at(-1)?.kill("SIGSTOP");
  }

  continue(): void {
    this.#children.at(-1)?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(monitorPorts: readonly number[]): Promise<void> {
    const cluster = randomUUID();
    const monitors = monitorPorts.map((port, n) => `v${2 - n}:127.0.0.1:${port}`).join(",");
    for (const name of ["mon", "osd0", "mgr", "rgw"]) await mkdir(join(this.#folder, name));
    await writeFile(this.#config, this.#settings(cluster, monitors));
    await this.#startMonitor(monitors);
    await this.#startStorage();
    await this.#startGateway();
  }

  async #startMonitor(monitors: string): Promise<void> {
    const map = join(this.#folder, "monmap");
    const addresses = ["--addv", "a", `[${monitors}]`, map];
    await run("monmaptool", ["--create", "--clobber", ...addresses, "-c", this.#config]);
    await this.#run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map);
    this.#spawn("ceph-mon", "-i", "a");
    await until(() =>
      this.#ceph("-s").then(
        () => true,
        () => false,
      ),
    );
    this.#spawn("ceph-mgr", "-i", "x");
  }

  async #startStorage(): Promise<void> {
    const id = randomUUID();
    await this.#ceph("osd", "new", id, "0");
    await this.#run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", id);
    await this.#ceph("osd", "crush", "add", "0", "1.0", "host=localhost", "root=default");
    this.#spawn("ceph-osd", "-i", "0");
    await until(async () => (await this.#ceph("-s")).includes("1 up"));
  }

  async #startGateway(): Promise<void> {
    const rights = ["mon", "allow rwx", "osd", "allow rwx", "mgr", "allow rwx"];
    const keyring = join(this.#folder, "rgw", "keyring");
    await this.#ceph("auth", "get-or-create", "client.rgw", ...rights, "-o", keyring);
    const self = ["-n", "client.rgw", "--keyring", keyring];
    this.#spawn("radosgw", ...self);
    await until(() =>
      fetch(this.endpoint).then(
        () => true,
        () => false,
      ),
    );
    const user = ["--uid", "test", "--display-name", "test"];
    const keys = ["--access-key", KEY, "--secret", SECRET];
    await this.#run("radosgw-admin", ...self, "user", "create", ...user, ...keys);
  }

  /** Starts a daemon as a child: it ends with this process's group, and by its id. */
  #spawn(program: string, ...args: readonly string[]): void {
    const given = ["-f", "-c", this.#config, ...args];
    this.#children.push(spawn(program, given, { stdio: "ignore" }));
  }

  #ceph(...args: readonly string[]): Promise<string> {
    return this.#run("ceph", "--connect-timeout", "5", ...args);
  }

  async #run(program: string, ...args: readonly string[]): Promise<string> {
    const given = ["-c", this.#config, ...args];
    return (await run(program, given, { timeout: COMMAND_MS_MAX })).stdout;
  }

  #settings(cluster: string, monitors: string): string {
    const { port } = new URL(this.endpoint);
    const folder = this.#folder;
    return `[global]
fsid=${cluster}
mon host=[${monitors}]
public addr=127.0.0.1
auth_cluster_required=none
auth_service_required=none
auth_client_required=none
ms_mon_client_mode=crc
osd pool default size=1
osd pool default min size=1
mon allow pool size one=true
mon data avail warn=1
mon data avail crit=1
osd crush chooseleaf type=0
osd objectstore=memstore
memstore device bytes=4294967296
osd pool default pg num=8
osd pool default pgp num=8
mon max pg per osd=1000
run dir=${folder}
log file=${folder}/$name.log
admin socket=${folder}/$name.asok
pid file=${folder}/$name.pid
[mon.a]
mon data=${folder}/mon
mon initial members=a
[osd.0]
osd data=${folder}/osd0
[mgr.x]
mgr data=${folder}/mgr
[client.rgw]
rgw data=${folder}/rgw
rgw frontends=beast endpoint=127.0.0.1:${port}
`;
  }
}

/** All at once, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  await using servers = new AsyncDisposableStack();
  const ports: number[] = [];
  for (let n = 0; n < count; n++) {
    ports.push(servers.use(await listening(createServer())).port);
  }
  return ports;
}
