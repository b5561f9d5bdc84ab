/** A heart that loses patience soon, over the program given. */

import { runUnderHeart } from "../../src/heart/heart.ts";

const [, , program = "", ...args] = process.argv;
const vigil = { checkMs: 100, missedMax: 10 };
process.exitCode = await runUnderHeart({ program, args, vigil });
process.exit();
