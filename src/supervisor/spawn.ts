/** Spawn: makes threads, a few at a time, and sees to those reports that concern no row. */

import pLimit from "p-limit";
import type { Logger } from "pino";
import type { ActorSpec, LlmReport, LogReport, Report } from "../actor/protocol.ts";
import type { StepMarks } from "../actor/step-marks.ts";
import type { AgentId } from "../model/ids.ts";
import type { AgentCatalog } from "./agent-catalog.ts";
import { Child } from "./child.ts";

/** Threads being made at the same time; more of them only take each other's processor. */
const SPAWNS_AT_ONCE_MAX = 2;
/** Characters of one piece of an agent's own output that are logged; the rest is cut. */
const OUTPUT_CHARACTERS_MAX = 2_000;

export interface SpawnRequest {
  /** Asked when the thread is made, which may be long after the request: the agent as it is then. */
  readonly spec: () => Omit<ActorSpec, "moduleUrl">;
  /** Called in the same turn as `spec`, so that what comes for the agent falls between no two stools. */
  readonly onMade: (child: Child) => void;
  readonly onReport: (report: Report, child: Child) => void;
  /** Aborted: no thread is made any more. */
  readonly signal: AbortSignal;
}

/** Makes a thread; resolves once it runs, or with undefined where `signal` was aborted before. */
export type SpawnChild = (request: SpawnRequest) => Promise<Child | undefined>;

export interface SpawnOptions {
  readonly catalog: AgentCatalog;
  /** The environment that agents see. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Where threads show whose code runs; undefined where no heart would look. */
  readonly stepMarks?: StepMarks | undefined;
  /** Answers a model call over the port that came with it. */
  readonly answerLlm: (report: LlmReport, agentId: AgentId) => void;
}

export function createSpawn(options: SpawnOptions): SpawnChild {
  const limit = pLimit(SPAWNS_AT_ONCE_MAX);
  return (request) =>
    limit(async () => {
      if (request.signal.aborted) return undefined;
      const child = makeChild(request, options);
      await child.online;
      return child;
    });
}

function makeChild(request: SpawnRequest, options: SpawnOptions): Child {
  const { catalog, env, log, stepMarks, answerLlm } = options;
  const spec = request.spec();
  const { moduleUrl } = catalog.get(spec.agentType);
  const stepMark = stepMarks?.take(spec.agentId);
  const agentLog = log.child({ agent: spec.agentId });
  const child: Child = new Child({
    spec: { ...spec, moduleUrl },
    env,
    stepMark,
    onOutput: (text) => agentLog.info(text.trimEnd().slice(0, OUTPUT_CHARACTERS_MAX)),
    onReport: (report) => {
      if (report.kind === "llm") answerLlm(report, spec.agentId as AgentId);
      else if (report.kind === "log") writeLog(agentLog, report);
      else request.onReport(report, child);
    },
  });
  child.ended.then(
    () => stepMark && stepMarks?.takeBack(stepMark),
    () => undefined,
  );
  request.onMade(child);
  return child;
}

function writeLog(log: Logger, { level, message, fields }: LogReport): void {
  log[level]({ ...fields }, message);
}
