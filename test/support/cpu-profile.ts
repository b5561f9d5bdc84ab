/** Checks a processor profile for what Chrome's tools rely on. */

import { Compile } from "typebox/compile";
import type { CpuProfile } from "../../src/model/agent-inside.ts";
import { CpuProfileSchema } from "../../src/model/inside-schemas.ts";

const shape = Compile(CpuProfileSchema);

/** The first fault; undefined if Chrome can read the profile. */
export function findProfileFault(profile: CpuProfile): string | undefined {
  if (!shape.Check(profile)) return `its shape: ${JSON.stringify([...shape.Errors(profile)][0])}`;
  const { nodes, samples, timeDeltas, startTime, endTime } = profile;
  const ids = new Set(nodes.map(({ id }) => id));
  if (ids.size !== nodes.length) return "two nodes have one id";
  const children = nodes.flatMap(({ children: own = [] }) => own);
  if (new Set(children).size !== children.length) return "a node has two parents";
  if (children.some((id) => !ids.has(id))) return "a child is not there";
  if (children.length !== nodes.length - 1) return "there is not one root";
  if (samples.some((id) => !ids.has(id))) return "a sample is of no node";
  if (samples.length !== timeDeltas.length) return "samples and times differ in number";
  const took = timeDeltas.reduce((sum, delta) => sum + delta, 0);
  return startTime + took > endTime + 10_000
    ? "the samples take longer than the profile"
    : undefined;
}
