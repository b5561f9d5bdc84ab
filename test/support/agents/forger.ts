/** Forges the answers to commands that the thread's own code sends. */

import { defineAgent } from "troupe";

interface Config {
  readonly how: "number" | "transient" | "unknown_id";
}

const forgeries: Readonly<Record<Config["how"], (answer: object) => object>> = {
  number: (answer) => ({ ...answer, value: 42 }),
  transient: (answer) => ({ ...answer, value: { code: "STORE_UNAVAILABLE", message: "later" } }),
  unknown_id: (answer) => ({ ...answer, id: "1" }),
};

export default defineAgent<Config>({
  type: "forger",
  setup({ config }) {
    const assign = Object.assign;
    // Comlink makes its answers with it.
    Object.assign = (target: object, ...sources: object[]) => {
      const made: object = assign(target, ...sources);
      return "id" in made && "type" in made && made.type === "RAW"
        ? forgeries[config.how](made)
        : made;
    };
  },
  async step(ctx) {
    await ctx.sleep(60_000);
    return { result: "slept" };
  },
});
