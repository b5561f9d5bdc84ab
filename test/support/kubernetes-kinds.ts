/** The objects of the manifests, by their kind, as Kubernetes' API describes them. */

import type { Deployment, StatefulSet } from "kubernetes-types/apps/v1.d.ts";
import type { Service, ServiceAccount } from "kubernetes-types/core/v1.d.ts";
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.d.ts";
import type { Role, RoleBinding } from "kubernetes-types/rbac/v1.d.ts";

export interface KubernetesKinds {
  readonly Deployment: Deployment;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly Role: Role;
  readonly RoleBinding: RoleBinding;
  readonly Service: Service;
  readonly ServiceAccount: ServiceAccount;
  readonly StatefulSet: StatefulSet;
}
