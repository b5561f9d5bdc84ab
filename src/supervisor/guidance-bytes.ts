/** The size of guidance. */

import type { Guidance } from "../model/agent.ts";

const measured = new WeakMap<Guidance, number>();

/** Bytes of its JSON text, which is measured once. */
export function guidanceBytes(guidance: Guidance): number {
  const known = measured.get(guidance);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify(guidance));
  measured.set(guidance, bytes);
  return bytes;
}
