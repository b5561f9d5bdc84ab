/** A heart that loses patience soon, over the program given. */

import { runUnderHeart } from "../../src/heart/heart.ts";

const [, , program = "", ...args] = process.argv;
const vigil = { lookMs: 100, looksMax: 10 };
process.exitCode = await runUnderHeart({ program, args, vigil });
process.exit();
