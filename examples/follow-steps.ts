/**
 * A client of the events: prints each step as it is stored, across restarts of the server.
 *
 *   npx node examples/follow-steps.ts "http://127.0.0.1:7878/?token=…"
 */

import { connect } from "troupe";

const [url = "http://127.0.0.1:7878"] = process.argv.slice(2);
await using troupe = connect(url);
// What reads the output may end first, as `head` does.
process.stdout.on("error", () => void troupe.close());
for await (const { type, data } of troupe.events({ types: ["agent.step", "gap"] })) {
  if (type === "agent.step") console.log(`${data.agent_id} ${data.iteration}: ${data.result}`);
  if (type === "gap") console.log("some steps were not sent");
}
