/**
 * Answers are compressed where the client takes that: lists shrink to a twentieth. Event streams
 * take their connection into their own hands and are not.
 */

import { constants } from "node:zlib";
import { fastifyCompress } from "@fastify/compress";
import type { App } from "../routes/route-parts.ts";

/** Answers of fewer bytes fit one packet anyway. */
const BYTES_MIN = 1_024;
/** As small as gzip's best, in a third of its time. */
const BROTLI_QUALITY = 4;

export async function compressAnswers(app: App): Promise<void> {
  await app.register(fastifyCompress, {
    threshold: BYTES_MIN,
    encodings: ["br", "gzip"],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    // What comes in is never compressed: a small body must not become a large one.
    globalDecompression: false,
  });
}
