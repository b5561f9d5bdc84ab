/** `troupe agent trace`: what each step did outside itself, as a waterfall on the step's time axis. */

import type { Fleet } from "../fleet/fleet.ts";
import type { AgentView, EffectView } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { unknownAgent } from "../model/fleet-errors.ts";
import { parseAgentId } from "../model/ids.ts";
import type { ListPage } from "../model/list-page.ts";
import type { StepRow } from "../model/step.ts";
import { axisOfEffects } from "../picture/effect-bars.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions, PageFlags } from "./options.ts";
import { note, type OutputOptions, print, printJson } from "./text/terminal-output.ts";
import { type TracedStep, waterfallLines } from "./waterfall-lines.ts";

export interface TraceOptions extends FleetOptions, OutputOptions, PageFlags {
  /** The only step that is shown. */
  readonly step?: number;
}

export async function traceAgent(given: string, options: TraceOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using fleet = await openCommandFleet(options);
  const agent = await fleet.agentFind(agentId);
  if (agent === undefined) throw unknownAgent(agentId);
  noteIfIdle(fleet);
  const trace = new Trace(fleet, agent);
  const page = await (options.step === undefined ? trace.page(options) : trace.step(options.step));
  if (options.output === "json") printJson(page);
  else printTrace(page);
  if (page.items.length > 0 || options.step === undefined) return exitCodes.ok;
  note(`${agentId} has no step ${options.step}, or it is older than the retention time`);
  return exitCodes.notFound;
}

class Trace {
  readonly #fleet: Fleet;
  readonly #agent: AgentView;

  constructor(fleet: Fleet, agent: AgentView) {
    this.#fleet = fleet;
    this.#agent = agent;
  }

  /** Newest first. The first page begins with the step that has not ended, if there is one. */
  async page({ limit, cursor }: PageFlags): Promise<ListPage<TracedStep>> {
    const { agent_id, iteration } = this.#agent;
    const { items, next_cursor } = await this.#fleet.stepPage(agent_id, defined({ limit, cursor }));
    const newest = Math.max(iteration, items[0]?.iteration ?? 0);
    const unended = cursor === undefined ? await this.#unended(newest + 1) : [];
    const ended: TracedStep[] = [];
    for (const step of items) ended.push(await this.#ended(step));
    return { items: [...unended, ...ended], next_cursor };
  }

  async step(wanted: number): Promise<ListPage<TracedStep>> {
    for await (const step of this.#fleet.steps(this.#agent.agent_id)) {
      if (step.iteration === wanted) return { items: [await this.#ended(step)], next_cursor: null };
      if (step.iteration < wanted) break;
    }
    return { items: await this.#unended(wanted), next_cursor: null };
  }

  async #ended(step: StepRow): Promise<TracedStep> {
    const effects = await this.#effects(step.iteration);
    const axis = { from: step.started_at, to: step.ended_at };
    return { iteration: step.iteration, step, axis, effects };
  }

  /** Empty if the step has done nothing outside. */
  async #unended(iteration: number): Promise<readonly TracedStep[]> {
    const effects = await this.#effects(iteration);
    const isRunning = (this.#agent.live?.step_since ?? null) !== null;
    const axis = axisOfEffects(effects, isRunning ? Date.now() : undefined);
    return axis === null ? [] : [{ iteration, step: null, axis, effects }];
  }

  async #effects(iteration: number): Promise<readonly EffectView[]> {
    return await Array.fromAsync(this.#fleet.stepEffects(this.#agent.agent_id, iteration));
  }
}

function printTrace({ items, next_cursor }: ListPage<TracedStep>): void {
  for (const line of waterfallLines(items, process.stdout)) print(line);
  if (items.length === 0) note("nothing to list");
  if (next_cursor !== null) note(`there is more: --cursor ${next_cursor}`);
}
