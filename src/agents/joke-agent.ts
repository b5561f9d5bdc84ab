/** The JokeAgent: one joke a step about its subject. */

import { type AgentDefinition, defineAgent } from "./define-agent.ts";

/** Its subject until it gets another. */
const SUBJECT_DEFAULT = "programmers";
/** Longest subject that guidance may set, in characters; the rest is cut. */
const SUBJECT_CHARS_MAX = 200;

const jokeAgent = defineAgent({
  type: "joke",

  setup(ctx) {
    ctx.subject ??= SUBJECT_DEFAULT;
  },

  onInterrupt(ctx, { subject }) {
    if (typeof subject !== "string" || subject.trim() === "") return;
    ctx.subject = [...subject.trim()].slice(0, SUBJECT_CHARS_MAX).join("");
  },

  async step(ctx) {
    const subject = ctx.subject ?? SUBJECT_DEFAULT;
    const recent = ctx.history.filter((entry) => entry.subject === subject);
    const recent_jokes = recent.map((entry) => entry.result);
    return { result: await ctx.llm.TellJoke({ subject, recent_jokes }) };
  },
});

/** The built-in agent types, by name. */
export const builtInAgents: ReadonlyMap<string, AgentDefinition> = new Map(
  [jokeAgent].map((agent) => [agent.type, agent as AgentDefinition]),
);
