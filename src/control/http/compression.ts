/**
 * Compresses answers if the client accepts that: lists shrink to a twentieth. Event streams write to
 * their connection directly and are not compressed.
 */

import { constants } from "node:zlib";
import { fastifyCompress } from "@fastify/compress";
import type { App } from "../routes/route-parts.ts";

/** Smaller answers fit one packet anyway. */
const BYTES_MIN = 1_024;
/** As small as gzip's best, in a third of its time. */
const BROTLI_QUALITY = 4;

export async function compressAnswers(app: App): Promise<void> {
  await app.register(fastifyCompress, {
    threshold: BYTES_MIN,
    encodings: ["br", "gzip"],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    // Requests are never decompressed: a small body must not become a large one.
    globalDecompression: false,
  });
}
