/** The engine that `TROUPE_LEASES` names. Nothing is asked of it yet. */

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { TroupeError } from "../model/errors.ts";
import type { EtcdAccess } from "./etcd-api.ts";
import { EtcdLeases } from "./etcd-leases.ts";
import { readClusterAccess } from "./kubernetes-api.ts";
import { KubernetesLeases } from "./kubernetes-leases.ts";
import { type EtcdPlace, parseLeaseUrl } from "./lease-url.ts";
import type { Leases } from "./leases.ts";

/** Names of etcdctl, and of each pod. */
export const LEASE_VARIABLES = [
  "ETCDCTL_USER",
  "ETCDCTL_PASSWORD",
  "ETCDCTL_CACERT",
  "ETCDCTL_CERT",
  "ETCDCTL_KEY",
  "KUBERNETES_SERVICE_HOST",
  "KUBERNETES_SERVICE_PORT",
] as const;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * @param url the setting `TROUPE_LEASES`
 * @param holder this process's name, which no other one has
 * @param variables the values of {@link LEASE_VARIABLES}
 * @throws {TroupeError} `SETTING_INVALID` for the URL or one of the variables.
 */
export async function openLeases(
  url: string,
  holder: string,
  variables: Variables,
): Promise<Leases> {
  const place = parseLeaseUrl(url);
  if (place.engine === "etcd") {
    return new EtcdLeases(place, holder, await readEtcdAccess(place, variables));
  }
  return new KubernetesLeases(place, holder, await readClusterAccess(variables));
}

/** A name for people and for comparison. A host's name alone is not unique. */
export function holderName(id: string = randomUUID()): string {
  return `${hostname()}_${id}`;
}

async function readEtcdAccess({ endpoints }: EtcdPlace, variables: Variables): Promise<EtcdAccess> {
  const { ETCDCTL_USER: user, ETCDCTL_PASSWORD: password } = variables;
  if (user?.includes(":") === true) {
    refuse("ETCDCTL_USER must be a user name alone; its password belongs in ETCDCTL_PASSWORD");
  }
  if ((user === undefined) !== (password === undefined)) {
    refuse("ETCDCTL_USER and ETCDCTL_PASSWORD must be set both or not at all");
  }
  const isSecure = endpoints.every((endpoint) => endpoint.startsWith("https:"));
  const [ca, cert, key] = await Promise.all(
    (["ETCDCTL_CACERT", "ETCDCTL_CERT", "ETCDCTL_KEY"] as const).map((name) => {
      const path = variables[name];
      if (path !== undefined && !isSecure)
        refuse(`${name} is set, so TROUPE_LEASES must be etcds://`);
      return path === undefined ? undefined : readPem(name, path);
    }),
  );
  return { user, password, ca, cert, key };
}

async function readPem(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    return refuse(`${name} must be a file with a certificate or key: ${(cause as Error).message}`);
  }
}

function refuse(message: string): never {
  throw new TroupeError("SETTING_INVALID", message, { details: { setting: "TROUPE_LEASES" } });
}
