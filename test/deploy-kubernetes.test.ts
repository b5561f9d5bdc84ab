/** The manifests, as Kubernetes' API and Troupe's own settings want them. */

import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Container, PodSpec } from "kubernetes-types/core/v1.d.ts";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseLeaseUrl } from "../src/leases/lease-url.ts";
import { loadSettings } from "../src/settings/config.ts";
import type { KubernetesKinds } from "./support/kubernetes-kinds.ts";
import { makeTempFolder } from "./support/temp-folder.ts";

const run = promisify(execFile);
const project = fileURLToPath(new URL("..", import.meta.url));
const kindsFile = fileURLToPath(new URL("support/kubernetes-kinds.ts", import.meta.url));
const hasKubectl = await run("kubectl", ["version", "--client"]).then(
  () => true,
  () => false,
);

interface Manifest {
  readonly file: string;
  readonly kind: keyof KubernetesKinds;
  readonly object: object;
}

async function manifestsOf(folder: string): Promise<readonly Manifest[]> {
  const { resources } = parse(await readFile(join(folder, "kustomization.yaml"), "utf8")) as {
    readonly resources: readonly string[];
  };
  const all = await Promise.all(
    resources.map(async (file) =>
      parseAllDocuments(await readFile(join(folder, file), "utf8")).map((document) => {
        expect(document.errors).toEqual([]);
        const object = document.toJS() as { readonly kind: keyof KubernetesKinds };
        return { file, kind: object.kind, object };
      }),
    ),
  );
  return all.flat();
}

/** What the compiler finds in these objects: a missing, wrong or unknown field. */
async function faultsOf(manifests: readonly Manifest[]): Promise<string> {
  // Below the project, where the compiler finds the types.
  await using folder = await makeTempFolder(join(project, "build"));
  const lines = manifests.map(
    ({ kind, object }, n) =>
      `export const o${n}: KubernetesKinds[${JSON.stringify(kind)}] = ${JSON.stringify(object)};`,
  );
  const imported = `import type { KubernetesKinds } from ${JSON.stringify(kindsFile)};`;
  const file = join(folder.path, "manifests.ts");
  await writeFile(file, [imported, ...lines].join("\n"));
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "--allowImportingTsExtensions"];
  const format = ["--module", "nodenext", "--ignoreConfig", "--types", ""];
  const compiler = join(project, "node_modules/typescript/bin/tsc");
  return await run(process.execPath, [compiler, ...flags, ...format, file]).then(
    () => "",
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => stdout + stderr,
  );
}

function podOf(manifests: readonly Manifest[]): PodSpec {
  const found = manifests.find(({ kind }) => kind === "StatefulSet" || kind === "Deployment");
  const pods = found?.object as KubernetesKinds["StatefulSet"] | undefined;
  const spec = pods?.spec?.template.spec;
  if (spec === undefined) throw new Error("no pods");
  return spec;
}

function containerOf(manifests: readonly Manifest[]): Container {
  const [container, ...others] = podOf(manifests).containers;
  if (container === undefined || others.length > 0) throw new Error("not one container");
  return container;
}

/** The environment of a pod, with what Kubernetes puts into it. */
function environmentOf(container: Container, given: Readonly<Record<string, string>>) {
  const values: Record<string, string> = {};
  for (const { name, value } of container.env ?? []) {
    values[name] = (value ?? given[name] ?? "").replaceAll(
      /\$\((\w+)\)/g,
      (_, other: string) => values[other] ?? "",
    );
  }
  return values;
}

const root = join(project, "deploy/kubernetes");

describe.each(await readdir(root))("the manifests for %s", async (name) => {
  const folder = join(root, name);
  const manifests = await manifestsOf(folder);
  const container = containerOf(manifests);
  const fleetFile = join(folder, "fleet.json");
  const { shards } = JSON.parse(await readFile(fleetFile, "utf8")) as { readonly shards: number };

  test("are objects as the API describes them", async () => {
    expect(await faultsOf(manifests)).toBe("");
    const misspelt = manifests.map(({ object, ...rest }) => ({
      ...rest,
      object: JSON.parse(JSON.stringify(object).replace("failureThreshold", "failuresMax")),
    }));
    expect(await faultsOf(misspelt)).toContain("failuresMax");
  });

  test("have settings that a process starts with", () => {
    const given = { POD_INDEX: "3", POD_NAME: "troupe-3", POD_NAMESPACE: "agents" };
    const { TROUPE_FLEET, ...env } = environmentOf(container, given);
    expect(TROUPE_FLEET).toBe("/etc/troupe/fleet.json");
    const {
      shard,
      db,
      local,
      leases,
      fleetFile: read,
    } = loadSettings({
      env: { ...env, TROUPE_FLEET: fleetFile, TROUPE_TOKEN: "t".repeat(16) },
      envFile: join(folder, "none"),
    });
    expect(read?.shards).toBe(shards);
    if (leases === null) {
      expect({ shard, db, local }).toEqual({
        shard: { index: 3, count: shards },
        db: "s3://bucket/fleet/0003",
        local: "/data/0003",
      });
      expect(read?.addresses?.[3]).toBe("http://troupe-3.troupe:7878");
    } else {
      expect(parseLeaseUrl(leases)).toMatchObject({ engine: "kubernetes", namespace: "agents" });
      expect({ shard, ack: env["TROUPE_ACK"] }).toEqual({ shard: null, ack: "table" });
    }
  });

  test("agree with one another", () => {
    const byKind = new Map(manifests.map(({ kind, object }) => [kind, object]));
    const of = <K extends keyof KubernetesKinds>(kind: K) => byKind.get(kind) as KubernetesKinds[K];
    const pods = of("StatefulSet") ?? of("Deployment");
    const labels = pods.spec?.template.metadata?.labels;
    expect(pods.spec?.selector.matchLabels).toEqual(labels);
    expect(of("Service").spec?.selector).toEqual(labels);
    expect(of("PodDisruptionBudget").spec?.selector?.matchLabels).toEqual(labels);
    const isSpare = byKind.has("Deployment");
    expect(pods.spec?.replicas).toBe(isSpare ? shards + 1 : shards);
    if (isSpare) {
      expect(of("PodDisruptionBudget").spec?.minAvailable).toBe(shards - 1);
      expect(podOf(manifests).serviceAccountName).toBe(of("ServiceAccount").metadata?.name);
      expect(of("RoleBinding").roleRef.name).toBe(of("Role").metadata?.name);
      // What kubernetes-leases.ts does.
      const verbs = ["get", "list", "watch", "create", "update"];
      const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs };
      expect(of("Role").rules).toEqual([leases]);
    } else {
      expect(of("StatefulSet").spec?.serviceName).toBe(of("Service").metadata?.name);
    }
  });

  test("have probes that a waiting or failing store does not fail, and a shutdown that waits", () => {
    const { startupProbe, livenessProbe, readinessProbe, lifecycle } = container;
    expect(startupProbe?.httpGet?.path).toBe("/healthz");
    expect(livenessProbe?.httpGet?.path).toBe("/healthz");
    expect(readinessProbe?.httpGet?.path).toBe("/readyz");
    const { terminationGracePeriodSeconds: graceS = 0 } = podOf(manifests);
    const stopS = Number(lifecycle?.preStop?.exec?.command?.[1]);
    const { destroyTimeoutMs } = loadSettings({ env: {}, envFile: join(folder, "none") });
    // START_MS, CLOSE_MS and THREADS_END_MS of cli/start.ts after it.
    expect(graceS).toBeGreaterThan(stopS + destroyTimeoutMs / 1_000 + 23);
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
    const writable = ["/data", "/tmp"];
    expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      ...writable,
      "/etc/troupe",
    ]);
  });

  test.skipIf(!hasKubectl)("are what kustomize makes", async () => {
    const { stdout } = await run("kubectl", ["kustomize", folder]);
    const kinds = parseAllDocuments(stdout).map((one) => one.toJS() as { readonly kind: string });
    const made = new Set(kinds.map(({ kind }) => kind));
    expect(made).toEqual(new Set([...manifests.map(({ kind }) => kind), "ConfigMap"]));
    expect(stdout).not.toMatch(/name: troupe-fleet$/m);
  });
});
