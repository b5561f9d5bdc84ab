/**
 * The stacks of threads that fell silent, each read once for one silence. When many fall silent at the same
 * moment, the first of them are enough: the cause is usually the same.
 */

import { waitAtMost } from "../../deadline.ts";
import type { StackFrame } from "../../model/agent-inside.ts";
import type { AgentId } from "../../model/ids.ts";
import type { AgentInspector } from "../inside/agent-inspector.ts";
import type { Child } from "../thread/child.ts";

/** Stacks that are read at the same time. */
const READS_MAX = 8;
/** Milliseconds for a stack: its report waits for it. */
const READ_MS_MAX = 1_000;

export class SilentStacks {
  readonly #inspector: Pick<AgentInspector, "stackOf">;
  readonly #found = new WeakMap<Child, readonly StackFrame[]>();
  /** The threads whose stacks are being read. */
  readonly #reading = new Set<Child>();

  constructor(inspector: Pick<AgentInspector, "stackOf">) {
    this.#inspector = inspector;
  }

  /** The stack of the thread's last silence. */
  find(child: Child): readonly StackFrame[] | undefined {
    return this.#found.get(child);
  }

  /** True for a second at most. */
  isReading(child: Child): boolean {
    return this.#reading.has(child);
  }

  /** Undefined if the thread does not answer, or too many are read already. Never rejects. */
  async read(agentId: AgentId, child: Child): Promise<readonly StackFrame[] | undefined> {
    this.#found.delete(child);
    if (this.#reading.size >= READS_MAX) return undefined;
    this.#reading.add(child);
    try {
      const stack = await waitAtMost(this.#inspector.stackOf(agentId, child), READ_MS_MAX);
      if (stack === undefined) return undefined;
      this.#found.set(child, stack.frames);
      return stack.frames;
    } catch {
      return undefined;
    } finally {
      this.#reading.delete(child);
    }
  }
}
