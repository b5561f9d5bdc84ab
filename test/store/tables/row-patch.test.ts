/** A row's patch against every image of the row that a read may find. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { afterStep } from "../../../src/model/after-step.ts";
import type { AgentRow } from "../../../src/model/agent.ts";
import {
  addGuidance,
  addStep,
  patched,
  patchSince,
  type RowPatch,
} from "../../../src/store/tables/row-patch.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";

/** Guidance is added, or a step uses so many of the pieces that wait. */
type Change = "add" | number;

interface Moment {
  readonly row: AgentRow;
  readonly patch: RowPatch | undefined;
}

/** The row, and the patch to the first row, after each change. */
function momentsOf(changes: readonly Change[]): readonly Moment[] {
  let row = agentRow({ iteration: 3 });
  let patch: RowPatch | undefined;
  const moments: Moment[] = [{ row, patch }];
  for (const [n, change] of changes.entries()) {
    if (change === "add") {
      const guidance = { action_id: `action${n}`, guidance: { n }, at: n };
      const { iteration, pending_guidance } = row;
      row = { ...row, pending_guidance: [...pending_guidance, guidance] };
      patch = addGuidance(patch, { guidance, iteration });
    } else {
      const used = row.pending_guidance.slice(0, change).map(({ action_id }) => action_id);
      const iteration = row.iteration + 1;
      const step = stepRow({ iteration, result: `result ${n}`, guidance_used: used, next_at: n });
      row = afterStep(row, step);
      patch = addStep(patch, row, step);
    }
    moments.push({ row, patch });
  }
  return moments;
}

const changes = fc.array(fc.oneof(fc.constant<Change>("add"), fc.nat({ max: 4 })), {
  maxLength: 20,
});

test("a patch brings every older row up to it but for its time, and leaves a newer one as it is", () => {
  fc.assert(
    fc.property(changes, fc.nat(), fc.nat(), (made, a, b) => {
      const moments = momentsOf(made);
      const read = moments[a % moments.length] as Moment;
      const seen = moments[b % moments.length] as Moment;
      const newer = moments.indexOf(read) > moments.indexOf(seen) ? read : seen;
      // A status that is stored between the row and the patch must not look older than what was read.
      const { updated_at } = read.row;
      expect(patched(read.row, seen.patch)).toEqual({ ...newer.row, updated_at });
    }),
  );
});

test("the rest of a patch after a merge does the same for rows since then, and ends with the last", () => {
  fc.assert(
    fc.property(changes, fc.nat(), fc.nat(), (made, a, b) => {
      const moments = momentsOf(made);
      const [first, second] = [a % moments.length, b % moments.length].sort((x, y) => x - y);
      const merged = moments[first ?? 0] as Moment;
      const read = moments[second ?? 0] as Moment;
      const last = moments.at(-1) as Moment;
      const rest = patchSince(last.patch, merged.row);
      expect(patched(merged.row, rest)).toEqual(last.row);
      expect(patched(read.row, rest)).toEqual(last.row);
      expect(patchSince(rest, last.row)).toBeUndefined();
    }),
  );
});

test("a row that was read without its guidance gets none", () => {
  const { pending_guidance: _left, ...row } = agentRow();
  const guidance = { action_id: "1", guidance: {}, at: 1 };
  expect(patched(row, addGuidance(undefined, { guidance, iteration: 0 }))).toEqual(row);
});
