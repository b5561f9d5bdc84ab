/**
 * The watchdog: checks memory and heartbeat of every agent's thread from outside, and ends a thread that
 * exceeds its limits. Then the agent's restart type decides.
 */

import type { Logger } from "pino";
import type { EventBus } from "../../event-bus.ts";
import { frameText, placeFrame, type StackFrame, withStack } from "../../model/agent-inside.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { EventData } from "../../model/event.ts";
import type { AgentId } from "../../model/ids.ts";
import { memoryBudgetMb, settingsOf, unresponsiveTimeoutMs } from "../catalog/settings-of-types.ts";
import { unresponsive } from "../failures.ts";
import type { AgentInspector } from "../inside/agent-inspector.ts";
import type { ManagedAgent } from "../managed-agent.ts";
import type { Supervisor } from "../supervisor.ts";
import type { Child } from "../thread/child.ts";
import { MemoryAccount } from "./memory-account.ts";
import { MemoryGuard } from "./memory-guard.ts";
import { Overload } from "./overload.ts";
import { SilentStacks } from "./silent-stacks.ts";
import { StepDeadlines } from "./step-deadlines.ts";

/** Milliseconds between two checks of the process's memory: a runaway agent can take 100 MiB in that time. */
const TICK_MS = 50;
/** Milliseconds between two checks of the heartbeats. */
const LIVENESS_MS = 250;

type Silence = Omit<EventData["agent.unresponsive"], "frames">;
type SilenceInspector = Pick<AgentInspector, "stackOf">;

export interface WatchdogOptions {
  readonly supervisor: Pick<Supervisor, "awake" | "settings">;
  readonly events: EventBus;
  readonly log: Logger;
  /** Names the place at which a silent thread is. */
  readonly inspector: SilenceInspector;
  /** Bytes of the whole process above which agents are shed; left out: by the machine. */
  readonly ceilingBytes?: number;
}

export class Watchdog implements Disposable {
  readonly #options: WatchdogOptions;
  readonly #memory: MemoryGuard;
  readonly #overload = new Overload();
  /** `unresponsive_timeout_ms` of each thread, as it was set at the thread's start. */
  readonly #timeouts = new WeakMap<Child, number>();
  readonly #deadlines = new StepDeadlines();
  readonly #stacks: SilentStacks;
  #timer: NodeJS.Timeout | undefined;
  #lastTickAt = performance.now();
  #lastPulseAt = performance.now();

  constructor(options: WatchdogOptions) {
    this.#options = options;
    const onGrowth = () => this.watchNew();
    this.#memory = new MemoryGuard({ ...options, onGrowth });
    this.#stacks = new SilentStacks(options.inspector);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A thread's memory account; undefined for a thread that is not watched yet. */
  memoryOf(child: Child): MemoryAccount | undefined {
    return this.#memory.find(child);
  }

  /** The calls of a thread that does not respond; undefined if it responds, or they are not known. */
  framesOf(child: Child): readonly StackFrame[] | undefined {
    return child.unresponsiveSince === undefined ? undefined : this.#stacks.find(child);
  }

  /** Watches threads made since the last check immediately, not with the next one. */
  watchNew(): void {
    for (const agent of this.#options.supervisor.awake) {
      const { child } = agent;
      if (child === undefined || child.hasEnded || this.#memory.isWatching(child)) continue;
      this.#register(agent, child);
    }
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#lastPulseAt >= LIVENESS_MS) {
      this.watchNew();
      this.#checkLiveness(now - this.#lastPulseAt);
      this.#lastPulseAt = now;
    }
    this.#memory.tick(now - this.#lastTickAt);
    this.#lastTickAt = now;
  }

  #checkLiveness(elapsedMs: number): void {
    this.#memory.forgetEnded();
    let starved = 0;
    for (const agent of this.#options.supervisor.awake) {
      if (agent.child?.hasEnded === false) this.#check(agent, agent.child, elapsedMs);
      if (agent.child?.isStarved === true) starved += 1;
    }
    this.#logOverload(starved, elapsedMs);
  }

  #logOverload(starved: number, elapsedMs: number): void {
    const { log } = this.#options;
    const change = this.#overload.check(starved, elapsedMs);
    if (change === "started") {
      const agents = starved;
      log.warn({ agents }, "the machine is overloaded: agents wait for a processor");
    }
    if (change === "ended") log.info("the machine is no longer overloaded");
  }

  /** Reads the settings once: a later reload concerns later threads. */
  #register(agent: ManagedAgent, child: Child): void {
    const { settings } = this.#options.supervisor;
    const { row } = agent.record;
    const type = settingsOf(settings.typeSettings, row.agent_type);
    const budgetBytes = memoryBudgetMb(type, settings.agentMemoryMb) * 2 ** 20;
    this.#memory.watch(new MemoryAccount(child, agent.record.id, budgetBytes));
    const timeoutMs = unresponsiveTimeoutMs(row, type);
    if (timeoutMs !== undefined) this.#timeouts.set(child, timeoutMs);
    if (type.step_timeout_ms === null) return;
    const graceMs = type.destroy_timeout_ms ?? settings.destroyTimeoutMs;
    this.#deadlines.watch(child, { timeoutMs: type.step_timeout_ms, graceMs });
  }

  #check(agent: ManagedAgent, child: Child, elapsedMs: number): void {
    const { log } = this.#options;
    const { id } = agent.record;
    const late = this.#deadlines.check(id, child, performance.now());
    if (late !== undefined) child.terminate(withStack(late, this.framesOf(child)));
    if (child.hold.isRunning) return; // its silence is not the agent's
    const change = child.checkLiveness(elapsedMs);
    if (change === "recovered") log.info({ agent: id }, "agent responds again");
    const since = child.unresponsiveSince;
    if (since === undefined) return;
    const { phase, iteration } = child.position;
    if (change === "fell_silent") void this.#report(id, child, { since, phase, iteration });
    this.#endSilent(child, (timeoutMs) =>
      withStack(
        unresponsive(id, { timeout_ms: timeoutMs, phase, iteration }),
        this.framesOf(child),
      ),
    );
  }

  /** Once its stack is known, or cannot be known. */
  async #report(id: AgentId, child: Child, silence: Silence): Promise<void> {
    const { events, log } = this.#options;
    const frames = (await this.#stacks.read(id, child)) ?? null;
    const at = frames === null ? undefined : placeFrame(frames);
    log.warn({ agent: id, ...silence, ...(at && { at: frameText(at) }) }, "agent does not respond");
    events.publish("agent.unresponsive", { ...silence, frames }, id);
  }

  #endSilent(child: Child, toError: (timeoutMs: number) => ErrorData): void {
    const timeoutMs = this.#timeouts.get(child);
    if (timeoutMs === undefined || child.silentMs < timeoutMs) return;
    if (this.#stacks.isReading(child)) return; // its error will name the place
    this.#timeouts.delete(child);
    child.terminate(toError(timeoutMs));
  }
}
