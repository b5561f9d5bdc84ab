/** What must compile in a project of a user's own, with every check of the compiler. */

import {
  type AgentContext,
  type AgentDefinition,
  connect,
  defineAgent,
  type ErrorCode,
  type Json,
  openQueue,
  type QueueClient,
  TroupeError,
  type TroupeEvent,
  UnknownOutcome,
} from "troupe";

interface Counted {
  readonly count: number;
  readonly seen?: readonly string[];
}

export const counter = defineAgent<Readonly<Record<string, unknown>>, Counted>({
  type: "counter",
  restart: "permanent",
  initialContext: { count: 0 },
  step: (ctx) => ({ result: ctx.context.count, context: { count: ctx.context.count + 1 } }),
});

export const asker = defineAgent({
  type: "asker",
  config: ({ city }) => ({ city: String(city) }),
  async step({ config, llm, signal }) {
    try {
      return { result: await llm.Ask({ prompt: config.city }, { signal }), done: true };
    } catch (error) {
      const expected: ErrorCode = "LLM_RATE_LIMITED";
      if (error instanceof TroupeError && error.code === expected) return { result: null };
      throw error;
    }
  },
});

export const patient = defineAgent({
  type: "patient",
  step: ({ iteration }) => ({
    result: iteration,
    next: iteration % 2 === 0 ? "guidance" : { afterMs: 60_000 },
  }),
});

export const punctual = defineAgent({
  type: "punctual",
  async step() {
    return { result: null, next: { at: Date.now() + 60_000 } };
  },
});

export const careful = defineAgent({
  type: "careful",
  async step(ctx) {
    const order = await ctx.once("order", ({ idempotencyKey, signal }) => {
      if (signal.aborted) throw new UnknownOutcome();
      return { id: idempotencyKey };
    });
    const asked = await ctx.once("ask", () => 1, { unknown: "ask", scope: "agent" });
    const skipped = await ctx.once("mail", () => 1, { unknown: "skip" });
    return { result: `${order.id} ${asked.toFixed()} ${skipped?.toFixed() ?? "not known"}` };
  },
});

export const plain = {
  type: "plain",
  async step(ctx: AgentContext) {
    await ctx.sleep(10);
    return { result: { at: ctx.iteration, list: [null, true] satisfies Json } };
  },
} satisfies AgentDefinition;

export async function steer(queue: QueueClient): Promise<readonly TroupeEvent[]> {
  await queue.agentCreate("a1", "me", { agentType: "counter", initialSubject: "cats" });
  const events: TroupeEvent[] = [];
  for await (const event of queue.events({ types: ["agent.step"] })) events.push(event);
  return events;
}

export async function steerBoth(): Promise<void> {
  await using server = connect("http://127.0.0.1:7878", { token: "x" });
  const token = process.env["TROUPE_TOKEN"];
  await using another = connect("http://127.0.0.1:7878", { token });
  await using shards = connect({ fleet: "fleet.json", token });
  await Promise.all([another.agentFind("a"), shards.agentFind("a")]);
  await using queue = await openQueue("./data/troupe");
  await Promise.all([steer(server), steer(queue)]);
}
