/** Why a question to a thread has no answer. */

import type { InspectorFault } from "./inspector-protocol.ts";

export class InspectorError extends Error {
  override readonly name = "InspectorError";
  readonly fault: InspectorFault;

  constructor(fault: InspectorFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
