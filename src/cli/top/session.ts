/** One run of `troupe top`: rows and events go into picture and state, keys go out as actions. */

import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "../../fleet/fleet.ts";
import { isUnreachable } from "../../fleet/requests.ts";
import type { ActionView, AgentView } from "../../model/agent-view.ts";
import { TroupeError, toErrorData } from "../../model/errors.ts";
import { newAgentId } from "../../model/ids.ts";
import { batchesOf } from "../../picture/action-batches.ts";
import type { AgentPicture } from "../../picture/agent-picture.ts";
import { FleetPicture } from "../../picture/fleet-picture.ts";
import { agentsText } from "../../picture/number-text.ts";
import { StatsHistory } from "../../picture/stats-history.ts";
import { causesOf } from "../../picture/trouble-causes.ts";
import { agentFields } from "../agent-show.ts";
import { renderFields } from "../text/fields.ts";
import { wrapToWidth } from "../text/plain-text.ts";
import { paint } from "../text/terminal-output.ts";
import { carryCommand } from "./carry-command.ts";
import { press } from "./keys.ts";
import { clampSelection, listAgents } from "./list-view.ts";
import { renderTop, rowsShown } from "./screen.ts";
import {
  type Act,
  type Effect,
  firstState,
  type Key,
  type Pressed,
  say,
  type TopState,
} from "./state.ts";
import { Terminal } from "./terminal.ts";

/** Least milliseconds between two drawings that no key has caused. */
const DRAW_GAP_MS = 200;
/** Milliseconds between two drawings that nothing has caused: a server may not answer at all. */
const CLOCK_MS = 1_000;
/** Least milliseconds between two readings of all agents, and of the agent whose details are shown. */
const READ_GAP_MS = 2_000;
const DETAILS_GAP_MS = 1_000;
/** After a reading, a pause of so many times its duration. */
const READ_REST_FACTOR = 20;
/** How long to wait for the outcome of an action, in milliseconds. */
const RECEIPT_MS = 60_000;

const eventTypes = [
  "agent.status",
  "agent.step",
  "agent.guidance",
  "agent.unresponsive",
  "agent.progress",
  "fleet.stats",
] as const;

export class TopSession {
  readonly #client: Fleet;
  readonly #actor: string;
  readonly #fleet = new FleetPicture();
  readonly #history = new StatsHistory();
  readonly #ending = new AbortController();
  /** Ends the pause between two readings. */
  #hurry = new AbortController();
  #state: TopState = firstState;
  #agents: readonly AgentPicture[] = [];
  #terminal: Terminal | undefined;
  /** Set while a drawing is due. */
  #drawing: NodeJS.Timeout | undefined;
  /** The agent whose details are shown, as last read, and when that was. */
  #detailed: { readonly view: AgentView; readonly at: number } | undefined;

  constructor(client: Fleet, actor: string) {
    this.#client = client;
    this.#actor = actor;
  }

  /** Runs until the user quits. @throws {TroupeError} if the server refuses. */
  async run(): Promise<void> {
    // Read first: until the screen is taken, errors are printed as by any other command.
    await this.#read();
    using terminal = new Terminal({
      onKey: (key) => this.#press(key),
      onRefresh: () => this.#refresh(),
    });
    this.#terminal = terminal;
    const quit = () => this.#ending.abort();
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.once(signal, quit);
    const clock = setInterval(() => this.#drawSoon(), CLOCK_MS);
    try {
      this.#draw();
      await Promise.all([this.#followEvents(), this.#keepReading()]);
    } finally {
      quit();
      clearInterval(clock);
      clearTimeout(this.#drawing);
      for (const signal of signals) process.off(signal, quit);
    }
  }

  async #followEvents(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        await this.#receiveEvents();
      } catch (error) {
        // The server answered before the screen was taken, so it is only away for a while.
        if (!isUnreachable(error)) throw error;
        this.#state = { ...this.#state, connection: { isOpen: false, error } };
        this.#drawSoon();
      }
    }
  }

  async #receiveEvents(): Promise<void> {
    const events = this.#client.events({
      types: eventTypes,
      signal: this.#ending.signal,
      onConnection: (connection) => {
        this.#state = { ...this.#state, connection };
        if (connection.isOpen) this.#hurry.abort();
        this.#drawSoon();
      },
    });
    for await (const event of events) {
      if (event.type === "gap") this.#hurry.abort();
      if (event.type === "fleet.stats") {
        this.#history.add(event.time, event.data);
        const rates = this.#history.samples.at(-1);
        const figures = { stats: event.data, rates, receivedAt: Date.now() };
        this.#state = { ...this.#state, figures };
        this.#drawSoon();
      } else if (this.#fleet.apply(event)) {
        this.#drawSoon();
        if ("agent_id" in event && event.agent_id !== undefined) this.#readDetails(event.agent_id);
      }
    }
  }

  /** Events do not contain the figures of threads. */
  async #keepReading(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const startedAt = performance.now();
      await this.#read().catch((error: unknown) => {
        // The stream of events shows the state of the connection.
        if (!isUnreachable(error)) throw error;
      });
      this.#drawSoon();
      const restMs = Math.max(READ_GAP_MS, (performance.now() - startedAt) * READ_REST_FACTOR);
      const signal = AbortSignal.any([this.#ending.signal, this.#hurry.signal]);
      await delay(restMs, undefined, { signal }).catch(() => undefined);
      if (this.#hurry.signal.aborted) this.#hurry = new AbortController();
    }
  }

  async #read(): Promise<void> {
    const views = await Array.fromAsync(this.#client.agents());
    const now = Date.now();
    this.#fleet.read(views, now);
    this.#fleet.forgetMissing(views, now);
  }

  #press(key: Key): void {
    const rows = rowsShown(this.#size);
    this.#take(press(this.#state, key, this.#agents, rows));
    this.#draw();
  }

  #take({ state, effect }: Pressed): void {
    this.#state = state;
    if (effect !== undefined) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case "quit":
        this.#ending.abort();
        break;
      case "suspend":
        this.#terminal?.suspend();
        break;
      case "redraw":
        this.#terminal?.forget();
        break;
      case "show":
        this.#readDetails(effect.agentId, true);
        break;
      case "command":
        this.#take(carryCommand(this.#state, effect.text, this.#fleet));
        break;
      case "act":
        this.#act(effect).catch((error: unknown) => this.#sayFault(titleOf(effect), error));
    }
  }

  /** Shows the progress of the actions: sending, queued, and then their outcome. */
  async #act(effect: Act): Promise<void> {
    const title = titleOf(effect);
    this.#say(`${title}: sending`);
    const { action, payload } = effect;
    const ids = effect.agentIds.length > 0 ? effect.agentIds : [newAgentId()];
    const actionIds: string[] = [];
    for (const batch of batchesOf(ids, payload)) {
      const requests = batch.map((agentId) => ({
        action: action.name,
        actor: this.#actor,
        agentId,
        payload,
      }));
      actionIds.push(...(await this.#client.enqueue(requests)));
    }
    this.#say(`${title}: queued`);
    const ends: ActionView[] = [];
    for (const id of actionIds) ends.push(await this.#client.actionWait(id, RECEIPT_MS));
    const { text, isDone } = outcomeText(ends);
    this.#say(`${title}: ${text}`, isDone ? "good" : "bad");
  }

  /** @param isAsked false to read them only if they are shown */
  #readDetails(agentId: string, isAsked = false): void {
    const isShown = this.#state.details?.agentId === agentId;
    const isFresh = this.#detailed !== undefined && Date.now() - this.#detailed.at < DETAILS_GAP_MS;
    if (!isAsked && (!isShown || isFresh)) return;
    if (this.#detailed !== undefined) this.#detailed = { ...this.#detailed, at: Date.now() };
    this.#client.agentFind(agentId).then(
      (view) => {
        const isWanted = isAsked || this.#state.details?.agentId === agentId;
        if (view === undefined) this.#say(`agent ${agentId} no longer exists`, "bad");
        else if (isWanted) this.#showDetails(view);
      },
      (error: unknown) => this.#sayFault(`details of ${agentId}`, error),
    );
  }

  #showDetails(view: AgentView): void {
    this.#detailed = { view, at: Date.now() };
    const fields = agentFields(view, Date.now()).map(({ name, value }) => ({ name, value }));
    const { columns } = this.#size;
    const lines = renderFields(fields, (name) => name).flatMap((line) =>
      wrapToWidth(line, columns),
    );
    const { details } = this.#state;
    const first = details?.agentId === view.agent_id ? details.first : 0;
    this.#state = { ...this.#state, details: { agentId: view.agent_id, lines, first } };
    this.#drawSoon();
  }

  #refresh(): void {
    const { details } = this.#state;
    if (details !== undefined && this.#detailed !== undefined)
      this.#showDetails(this.#detailed.view);
    this.#draw();
  }

  #say(text: string, tone?: "good" | "bad"): void {
    this.#state = say(this.#state, text, tone);
    this.#drawSoon();
  }

  #sayFault(title: string, error: unknown): void {
    const { code, message } = toErrorData(error);
    this.#say(`${title}: ${error instanceof TroupeError ? `${code}: ` : ""}${message}`, "bad");
  }

  #drawSoon(): void {
    this.#drawing ??= setTimeout(() => this.#draw(), DRAW_GAP_MS);
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.#ending.signal.aborted) return;
    const now = Date.now();
    this.#agents = listAgents(this.#fleet.agents, this.#state.view, now);
    const view = clampSelection(this.#state.view, this.#agents, rowsShown(this.#size));
    const causes = causesOf(this.#fleet.agents, this.#state.figures?.stats.store, now);
    this.#state = { ...this.#state, view, causes };
    this.#terminal?.draw(renderTop(this.#state, this.#agents, { ...this.#size, paint, now }));
  }

  get #size() {
    return this.#terminal?.size ?? { rows: 24, columns: 80 };
  }
}

function titleOf({ action, agentIds }: Act): string {
  return `${action.word} ${agentIds.length === 0 ? "an agent" : agentsText(agentIds)}`;
}

/** The outcome of one action, or how many were done and why the first of the others was not. */
function outcomeText(ends: readonly Pick<ActionView, "outcome" | "error">[]): {
  readonly text: string;
  readonly isDone: boolean;
} {
  const failed = ends.filter(({ outcome }) => outcome !== "done");
  const [first] = failed;
  if (first === undefined) return { text: "done", isDone: true };
  const { outcome, error } = first;
  const why = error === null ? "" : `: ${error.code}: ${error.message}`;
  const count = ends.length === 1 ? "" : `${ends.length - failed.length} of ${ends.length} done; `;
  return { text: `${count}${outcome}${why}`, isDone: false };
}
