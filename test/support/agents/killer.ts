/** Ends the whole process in its step, as a crash in native code would. */

import { defineAgent } from "troupe";

export default defineAgent({
  type: "killer",
  step() {
    process.kill(process.pid, "SIGKILL");
    for (;;);
  },
});
