/**
 * An actor: the running form of one agent inside its thread, from the start command to its last report.
 * It receives the commands, assembles the parts and runs the agent's life: load, setup, loop, end.
 */

import type { Transferable } from "node:worker_threads";
import type { AgentDefinition } from "../agents/define-agent.ts";
import type { ActorControl } from "../boundary/control-block.ts";
import type {
  ActorCommands,
  ActorSpec,
  EndedReport,
  FailedReport,
  ImportModule,
  InterruptMode,
  RecalledEffects,
  Report,
} from "../boundary/protocol.ts";
import type { Guidance } from "../model/agent.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import { ActorFailure, inPhase } from "./actor-failure.ts";
import type { ActorLog } from "./actor-log.ts";
import { parseConfig } from "./agent-config.ts";
import { AgentState } from "./agent-state.ts";
import { createContext } from "./context.ts";
import { Effects } from "./effects.ts";
import { EndedCalls } from "./ended-calls.ts";
import { Heartbeat } from "./heartbeat.ts";
import { createLlm } from "./llm-client.ts";
import { loadAgent } from "./load-agent.ts";
import { Loop } from "./loop.ts";
import { Mailbox } from "./mailbox.ts";
import { Sleeper } from "./sleeper.ts";
import { StepDeadline } from "./step-deadline.ts";
import { StepProgress } from "./step-progress.ts";
import { StepRunner, type StepRunnerParts } from "./step-runner.ts";
import { StepScope } from "./step-scope.ts";
import { UsageMeter } from "./usage-meter.ts";

export interface ActorParts {
  readonly control: ActorControl;
  readonly send: Send;
  readonly log: ActorLog;
  readonly importModule: ImportModule | undefined;
  /** Gives the thread its agent's name. */
  readonly nameThread: (agentId: string) => void;
  /** Called once no more of the agent's code will run: its last output must still be logged. */
  readonly flushOutput: () => void;
  /** Ends the thread; called once, after the last report. */
  readonly exit: (isFailure: boolean) => void;
}

/** Posts one report; `transfer` moves ports along with it. */
export type Send = (report: Report, transfer?: Transferable[]) => void;

export class Actor implements ActorCommands {
  readonly #parts: ActorParts;
  readonly #mailbox = new Mailbox();
  readonly #sleeper = new Sleeper();
  readonly #heartbeat: Heartbeat;
  readonly #scope = new StepScope();
  #effects: Effects | undefined;
  #hasStarted = false;

  constructor(parts: ActorParts) {
    this.#parts = parts;
    this.#heartbeat = new Heartbeat(parts.control);
  }

  start(spec: ActorSpec): void {
    if (this.#hasStarted) {
      throw new TroupeError("INTERNAL", `a thread gets one agent; ${spec.agentId} is a second`);
    }
    this.#hasStarted = true;
    this.#parts.nameThread(spec.agentId);
    this.#mailbox.fill(spec.guidance);
    this.#live(spec).then(
      (reason) => this.#end({ kind: "ended", reason }),
      (thrown: unknown) => this.#end(toFailedReport(thrown)),
    );
  }

  wake(): void {
    this.#sleeper.wakeAll();
    // A warm thread that never got an agent.
    if (!this.#hasStarted && this.#parts.control.isStopDesired()) {
      this.#hasStarted = true;
      this.#end({ kind: "ended", reason: "stopped" });
    }
  }

  interrupt(guidance: Guidance, mode: InterruptMode): void {
    if (!this.#mailbox.offer(guidance)) return;
    if (mode === "now") this.#scope.abortStep();
    this.#sleeper.wakeAll();
  }

  recalled(answer: RecalledEffects): void {
    this.#effects?.recalled(answer);
  }

  abort(): void {
    this.#scope.abort();
    this.#sleeper.wakeAll();
  }

  /** Load, config, setup, loop, onStop. @throws {ActorFailure} */
  async #live(spec: ActorSpec): Promise<EndedReport["reason"]> {
    const { control, send } = this.#parts;
    control.setIteration(spec.iteration);
    this.#scope.beginHook(spec.iteration);
    const parts = await this.#heartbeat.while(() => this.#setUp(spec));
    if (parts === undefined) return "stopped";
    send({ kind: "ready" });
    const steps = new StepRunner(parts, spec.iteration);
    const loop = new Loop({ ...parts, steps, intervalMs: spec.intervalMs, next: spec.next });
    const reason = await loop.run();
    await this.#stop(parts);
    return reason;
  }

  /** Undefined if a stop was requested before setup had started. */
  async #setUp(spec: ActorSpec): Promise<StepRunnerParts | undefined> {
    // After the first beat: main writes `stop` and then checks for a beat (stop-ladder.ts).
    if (this.#parts.control.isStopDesired()) return undefined;
    const definition = await inPhase("load", "AGENT_MODULE_BROKEN", () =>
      loadAgent(spec, this.#parts.importModule),
    );
    const config = await inPhase("config", "AGENT_CONFIG_INVALID", () =>
      parseConfig(definition, spec.config),
    );
    if (this.#parts.control.isStopDesired()) return undefined;
    const parts = this.#assemble(spec, definition, config);
    await inPhase("setup", "AGENT_START_FAILED", async () => {
      await definition.setup?.(parts.ctx);
      parts.state.mark();
    });
    return parts;
  }

  #assemble(spec: ActorSpec, definition: AgentDefinition, config: unknown): StepRunnerParts {
    const { control, send, log } = this.#parts;
    const scope = this.#scope;
    const mailbox = this.#mailbox;
    const state = new AgentState(spec, definition.initialContext);
    const { llm, ...outside } = this.#reachOutside(spec);
    const { agentId } = spec;
    const sleeper = this.#sleeper;
    const deadline = this.#deadlineOf(spec);
    const progress = new StepProgress({ send, extend: (ms) => deadline.extend(ms) });
    const ctx = createContext({
      agentId,
      config,
      state,
      scope,
      control,
      mailbox,
      sleeper,
      log,
      llm,
      once: outside.effects.once,
      progress,
    });
    return {
      definition,
      ctx,
      state,
      scope,
      control,
      mailbox,
      sleeper,
      deadline,
      progress,
      heartbeat: this.#heartbeat,
      ...outside,
      log,
      send,
    };
  }

  /** What steps do outside themselves. */
  #reachOutside({ turn, mayHaveEffects, effectSeed: seed }: ActorSpec) {
    const { control, send } = this.#parts;
    const scope = this.#scope;
    const usage = new UsageMeter();
    const calls = new EndedCalls(send);
    const llm = createLlm(
      (request, port, place) => send({ kind: "llm", request, port, ...place }, [port]),
      {
        signal: () => scope.signal,
        onUsage: usage.add,
        track: () => calls.begin(scope.isStep ? scope.iteration : null),
      },
    );
    const effects = new Effects({ control, scope, send, calls, turn, mayHaveEffects, seed });
    this.#effects = effects;
    return { llm, usage, calls, effects };
  }

  #deadlineOf({ stepTimeoutMs: timeoutMs }: ActorSpec): StepDeadline {
    const onTimeOut = () => {
      this.#scope.timeOut();
      this.#sleeper.wakeAll();
    };
    return new StepDeadline({ timeoutMs, control: this.#parts.control, onTimeOut });
  }

  /** An error of `onStop` is reported and changes nothing: the agent ends as it was going to. */
  async #stop({ definition, ctx }: StepRunnerParts): Promise<void> {
    this.#parts.control.setPhase("ending");
    this.#scope.beginHook();
    try {
      await this.#heartbeat.while(() => definition.onStop?.(ctx));
    } catch (thrown) {
      this.#parts.send({
        kind: "failed",
        phase: "stop",
        error: toErrorData(thrown, "AGENT_STOP_FAILED"),
      });
    }
  }

  #end(report: EndedReport | FailedReport): void {
    this.#parts.flushOutput();
    this.#parts.log.reportDropped(true);
    this.#parts.control.setPhase("ended");
    this.#parts.send(report);
    this.#parts.exit(report.kind === "failed");
  }
}

function toFailedReport(thrown: unknown): FailedReport {
  if (!(thrown instanceof ActorFailure)) {
    return { kind: "failed", phase: "step", error: toErrorData(thrown) };
  }
  return { kind: "failed", phase: thrown.phase, error: thrown.error };
}
