/**
 * A provider's answer without its compression. BAML asks for none and reads none, but some servers and
 * proxies compress all the same.
 */

import type { IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from "node:zlib";
import type { RelayFault } from "./upstream.ts";

/** By the name of the encoding (RFC 9110, section 8.4.1). */
const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
  ["zstd", createZstdDecompress],
]);

/**
 * The body to read in place of the answer's own; the answer itself if it is not compressed in a known way.
 * Ending either ends both.
 */
export function decodedAnswer(
  answer: IncomingMessage,
  onFault: (fault: RelayFault) => void,
): { readonly body: Readable; readonly isDecoded: boolean } {
  const encoding = answer.headers["content-encoding"]?.trim().toLowerCase() ?? "";
  const decoder = decoders.get(encoding)?.();
  if (decoder === undefined) return { body: answer, isDecoded: false };
  const what = `gave an answer that is not ${encoding}, as its Content-Encoding says, or was cut off`;
  decoder.on("error", () => onFault({ code: "LLM_ANSWER_INVALID", what }));
  decoder.on("close", () => answer.destroy());
  answer.on("error", () => decoder.destroy());
  answer.pipe(decoder);
  return { body: decoder, isDecoded: true };
}
