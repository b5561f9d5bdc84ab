/** Its setup does not end by itself: it waits forever, for its signal, or loops. */

import { existsSync, writeFileSync } from "node:fs";
import { defineAgent } from "troupe";

interface Config {
  /** A file that is there once setup has begun. */
  readonly mark: string;
  readonly how: "hangs" | "heeds" | "loops" | "waits";
  /** For one that waits: a file that lets it end. */
  readonly end?: string;
}

export default defineAgent<Config, { readonly seen: readonly number[] }>({
  type: "slow-setup",
  initialContext: { seen: [] },
  async setup({ config, signal, sleep }) {
    writeFileSync(config.mark, "");
    if (config.how === "loops") for (;;);
    if (config.how === "hangs") await new Promise(() => undefined);
    if (config.how === "heeds") await once(signal);
    while (config.how === "waits" && !existsSync(config.end ?? "")) await sleep(5);
  },
  onInterrupt(ctx, { n }) {
    ctx.context = { seen: [...ctx.context.seen, Number(n)] };
  },
  step: () => ({ result: "up" }),
});

function once(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
