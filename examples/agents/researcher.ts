/**
 * An agent that answers a question with tools: in each step the model is called once, and requests a
 * tool or gives its answer. The conversation is the agent's context, so a crash costs one step at most.
 *
 *   npx troupe agent create r1 --type researcher --subject "How many seconds has a leap year?"
 */

import { defineAgent } from "troupe";

/** Tools must only read: a step that was not stored runs again, and so does its tool. */
const tools = new Map<string, (input: string) => string>([
  ["multiply", (input) => String(input.split("*").reduce((product, n) => product * Number(n), 1))],
  ["today", () => new Date().toISOString().slice(0, 10)],
]);

const RULES = `Answer the question. You have these tools: ${[...tools.keys()].join(", ")}.
Reply with one line of JSON: {"tool": "multiply", "input": "366*24"} or {"answer": "…"}.`;

interface Research {
  readonly notes: readonly string[];
}

export default defineAgent<Readonly<Record<string, unknown>>, Research>({
  type: "researcher",
  interval_ms: 0,
  initialContext: { notes: [] },
  async step(ctx) {
    const prompt = [`Question: ${ctx.subject}`, ...ctx.context.notes].join("\n");
    const reply = await ctx.llm.Ask({ prompt, system: RULES });
    const { tool, input, answer } = read(reply);
    if (answer !== undefined) return { result: answer, done: true };
    const output = tools.get(tool ?? "")?.(String(input ?? "")) ?? "there is no such tool";
    const note = `${tool}(${input}) = ${output}`;
    return { result: note, context: { notes: [...ctx.context.notes, note] } };
  },
});

interface Reply {
  readonly tool?: string;
  readonly input?: unknown;
  readonly answer?: string;
}

/** A reply that is not an object of JSON counts as the answer: `42` is one. */
function read(reply: string): Reply {
  try {
    const value: unknown = JSON.parse(reply);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // It is not JSON at all.
  }
  return { answer: reply };
}
