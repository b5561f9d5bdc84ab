/** The fates of scripted-model.ts: what each does to a request and its connection. */

import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ScriptedRequest } from "./scripted-model.ts";

/**
 * What happens to one request. The names alone stand for the fate with its defaults.
 * `ok` answers at once · `slow` answers when the test releases the request · `hang` never answers ·
 * `rate_limited` 429 with Retry-After · `server_error` 500 · `unauthorized` 401 that quotes the key ·
 * `broken_json` half a JSON body · `empty` an answer without text · `cut` the connection breaks in
 * mid-answer · `cut_clean` the same, but the connection ends in order · `length` an answer
 * that the model's token limit cut · `slow_stream` the next word of the stream, or the answer, on
 * each release · `drop` the connection is closed silently.
 */
export type Fate = FateName | (FateOptions & { readonly kind: FateName });

export type FateName = keyof typeof fates;

export interface FateOptions {
  /** What the model, or its error, says; the default names the fate and the request's number. */
  readonly text?: string;
  /** The pieces of a stream, in place of the text's words. */
  readonly pieces?: readonly string[];
  /** Value of the Retry-After header of `rate_limited`; default "2", null = no such header. */
  readonly retryAfter?: string | null;
  /** Status instead of the one the fate has; makes `server_error` any other failure. */
  readonly status?: number;
  /** Names of the headers that `unauthorized` quotes. */
  readonly quotes?: readonly string[];
}

/** Counts releases, so that one given ahead is not lost. */
export class Gate {
  #released = 0;
  #isOpen = false;
  #wake: (() => void) | undefined;

  release(): void {
    this.#released += 1;
    this.#wake?.();
  }

  /** From now on nobody waits. */
  open(): void {
    this.#isOpen = true;
    this.#wake?.();
  }

  async passed(): Promise<void> {
    while (this.#released === 0 && !this.#isOpen) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    this.#released -= 1;
  }
}

interface Turn {
  readonly request: ScriptedRequest;
  readonly response: ServerResponse;
  readonly gate: Gate;
  /** Says that what happens to the connection from now on is the server's doing. */
  readonly over: () => void;
  readonly options: FateOptions;
}

export const fates = {
  ok: answerWhole,
  slow: async (turn: Turn) => {
    await turn.gate.passed();
    await answerWhole(turn);
  },
  hang: async () => undefined,
  rate_limited: async (turn: Turn) => {
    const { retryAfter = "2" } = turn.options;
    const headers = retryAfter === null ? {} : { "retry-after": retryAfter };
    fail(turn, 429, "slow down", headers);
  },
  server_error: async (turn: Turn) => {
    fail(turn, turn.options.status ?? 500, turn.options.text ?? "it broke");
  },
  unauthorized: async (turn: Turn) => {
    const { quotes = ["authorization"] } = turn.options;
    const quoted = quotes.map((name) => turn.request.headers[name] ?? "none");
    fail(turn, 401, `wrong key: ${quoted.join(", ")}`);
  },
  broken_json: async ({ response, over }: Turn) => {
    over();
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"id":"x","choices":[{"mess');
  },
  empty: async (turn: Turn) => answerWhole({ ...turn, options: { ...turn.options, text: "" } }),
  cut: async (turn: Turn) => cut(turn, () => turn.response.destroy()),
  cut_clean: async (turn: Turn) => cut(turn, () => turn.response.end()),
  length: async (turn: Turn) => answerWhole(turn, "length"),
  slow_stream: async (turn: Turn) => {
    await answerWhole(turn, "stop", () => turn.gate.passed());
  },
  drop: async ({ response, over }: Turn) => {
    over();
    response.destroy();
  },
} as const satisfies Record<string, (turn: Turn) => Promise<void>>;

async function answerWhole(
  turn: Turn,
  finish = "stop",
  beforeWord: () => Promise<void> = () => nextTurn(),
): Promise<void> {
  const { request, response, over } = turn;
  const text = textFor(turn);
  if (!request.isStream) {
    await beforeWord();
    over();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(completion(turn, text, finish)));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const word of turn.options.pieces ?? wordsOf(text)) {
    await beforeWord();
    if (response.destroyed) return;
    writeEvent(turn, { delta: { content: word }, finish: null });
  }
  over();
  writeEvent(turn, { delta: {}, finish });
  response.write(`data: ${JSON.stringify({ ...chunkBase(turn), choices: [], usage })}\n\n`);
  response.end("data: [DONE]\n\n");
}

/** Sends half of the answer, waits until it is on its way, then lets `end` end the connection. */
async function cut(turn: Turn, end: () => void): Promise<void> {
  const { request, response, over } = turn;
  const words = wordsOf(textFor(turn));
  over();
  const type = request.isStream ? "text/event-stream" : "application/json";
  response.writeHead(200, { "content-type": type });
  if (request.isStream) {
    for (const word of words.slice(0, Math.ceil(words.length / 2))) {
      writeEvent(turn, { delta: { content: word }, finish: null });
    }
  } else {
    response.write('{"id":"x","choices":[{"mess');
  }
  await nextTurn();
  await nextTurn();
  end();
}

function fail(
  { response, over }: Turn,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  over();
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ error: { message, type: "scripted" } }));
}

function textFor({ request, options }: Turn): string {
  return options.text ?? `scripted answer number ${request.index}`;
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S+/gu) ?? [];
}

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

function completion({ request }: Turn, text: string, finish: string) {
  return {
    id: `scripted-${request.index}`,
    object: "chat.completion",
    created: 1_700_000_000,
    model: request.model,
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: finish }],
    usage,
  };
}

function chunkBase({ request }: Turn) {
  return {
    id: `scripted-${request.index}`,
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: request.model,
  };
}

function writeEvent(turn: Turn, event: { readonly delta: object; readonly finish: string | null }) {
  const choices = [{ index: 0, delta: event.delta, finish_reason: event.finish }];
  turn.response.write(`data: ${JSON.stringify({ ...chunkBase(turn), choices })}\n\n`);
}
