/** What `troupe doctor` reports of own BAML functions. */

import type { Settings } from "../settings/config.ts";
import { type Check, failed, ok } from "./doctor-check.ts";

/** Compiles them; nothing is written. No check if there are none. */
export async function* checkPrompts({ baml }: Settings): AsyncGenerator<Check> {
  if (baml === null) return;
  const { agentEnvironment } = await import("../settings/config.ts");
  const { compilePrompts } = await import("../llm/prompts/compiler.ts");
  const { readPrompts } = await import("../llm/prompts/prompts.ts");
  try {
    const { set } = await readPrompts(baml);
    await compilePrompts(set, { env: agentEnvironment() });
    const names = Object.keys(set.functions);
    yield ok("prompts", `${names.length} own functions: ${names.join(", ")}`);
  } catch (thrown) {
    yield failed("prompts", thrown, "correct the file; `troupe baml` checks it again");
  }
}
