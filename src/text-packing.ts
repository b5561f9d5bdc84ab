/**
 * Packs text that stays in memory and is rarely read: deflated, as a string of one byte for each character. A
 * buffer of its own would cost some 200 bytes more.
 */

import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import type { TextPacking } from "./model/history.ts";

/**
 * For a few KiB of text: with zlib's defaults each call would first fill 256 KiB of its own, which takes longer
 * than the rest and makes the text no smaller.
 */
const OPTIONS = {
  level: constants.Z_BEST_SPEED,
  windowBits: 12,
  memLevel: 5,
  chunkSize: 4 * 1024,
};

export const textPacking: TextPacking = {
  pack: (text) => deflateRawSync(Buffer.from(text), OPTIONS).toString("latin1"),
  unpack: (packed) => inflateRawSync(Buffer.from(packed, "latin1"), OPTIONS).toString(),
};
