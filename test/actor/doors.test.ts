/** No door leads from an agent's thread to main: each is tried by the code of an agent, in a thread. */

import { afterEach, expect, test } from "vitest";
import { startActor } from "../support/actor-harness.ts";

const REACHED = "reachedByAgent";

afterEach(() => Reflect.deleteProperty(globalThis, REACHED));

/** Runs code on main if a session can be had. */
const evaluate = `(session) => new Promise((done, fail) => session.post("Runtime.evaluate",
  { expression: "globalThis.${REACHED} = true" }, (error, value) => error ? fail(error) : done("reached main")))`;

/** What a nested thread runs, as text; what comes of it is posted to the agent. */
const nested = `const { parentPort } = require("node:worker_threads");
  try {
    const { Session } = require("node:inspector");
    const session = new Session();
    session.connectToMainThread();
    session.post("Runtime.evaluate", { expression: "globalThis.${REACHED} = true" }, () => parentPort.postMessage("reached main"));
  } catch (error) { parentPort.postMessage(error.message); }`;

const inThread = `(options) => new Promise((done) => {
  const worker = new Worker(${JSON.stringify(nested)}, { eval: true, ...options });
  worker.once("message", (said) => { worker.terminate(); done(said); });
  worker.once("error", (error) => done(error.message));
})`;

const doors: Readonly<Record<string, string>> = {
  "an import": `const s = new Session(); s.connectToMainThread(); return await evaluate(s);`,
  "a require": `const { Session } = require("inspector"); const s = new Session(); s.connectToMainThread(); return await evaluate(s);`,
  "the module with promises": `const { Session } = await import("node:inspector/promises"); const s = new Session(); s.connectToMainThread(); return await evaluate(s);`,
  getBuiltinModule: `const { Session } = process.getBuiltinModule("inspector"); const s = new Session(); s.connectToMainThread(); return await evaluate(s);`,
  "a class of its own": `class Own extends Session {} const s = new Own(); s.connectToMainThread(); return await evaluate(s);`,
  "a session on its own thread": `const s = new Session(); s.connect(); return await evaluate(s);`,
  "a port for debuggers": `return String((await import("node:inspector")).open(0));`,
  "process.binding": `const { MainThreadConnection } = process.binding("inspector"); return String(MainThreadConnection);`,
  "process.binding by an object": `const { MainThreadConnection } = process.binding({ toString: () => "inspector" }); return String(MainThreadConnection);`,
  "hooks of modules": `require("node:module").register("data:text/javascript,1"); return "registered";`,
  "a nested thread": `return await inThread({});`,
  "a nested thread by its instances' class": `const { constructor: Bare } = new Worker("1", { eval: true }); if (Bare !== Worker) return "another class"; return await inThread({});`,
  "a nested thread's own preload": `const { rmSync, writeFileSync } = process.getBuiltinModule("fs"); const file = process.getBuiltinModule("os").tmpdir() + "/" + crypto.randomUUID() + ".cjs"; writeFileSync(file, ${JSON.stringify(nested)}); try { return await inThread({ execArgv: ["--require", file] }); } finally { rmSync(file); }`,
  "a nested thread with internals": `return await inThread({ execArgv: ["--expose-internals"] });`,
  "a nested thread with a loader": `return await inThread({ execArgv: ["--experimental-loader", "data:text/javascript,1"] });`,
  "a nested thread with a loader in its environment": `return await inThread({ env: { NODE_OPTIONS: "--experimental-loader data:text/javascript,1" } });`,
  "an instance's module": `const { Session } = require("module")._load("inspector"); const s = new Session(); s.connectToMainThread(); return await evaluate(s);`,
  "hooks in front of ours": `require("node:module").registerHooks({ resolve: (specifier, context, next) => specifier === "hidden" ? { url: "node:inspector/promises", shortCircuit: true } : next(specifier, context) });
    const { Session } = await import("hidden"); const s = new Session(); s.connectToMainThread(); return await evaluate(s);`,
  "a flag of V8 by a require": `require("v8").setFlagsFromString("--no-opt"); return "set";`,
  "a flag of V8 by getBuiltinModule": `process.getBuiltinModule("v8").setFlagsFromString("--no-opt"); return "set";`,
  "a flag of V8 in a nested thread": `return await new Promise((done) => new Worker('require("node:worker_threads").parentPort.postMessage((() => { try { require("v8").setFlagsFromString("--no-opt"); return "set"; } catch (error) { return error.message; } })())', { eval: true }).once("message", done));`,
  "a flag of V8": `(await import("node:v8")).setFlagsFromString("--no-opt"); return "set";`,
};

test.each(Object.entries(doors))("%s leads nowhere", async (_door, body) => {
  // Only what uses the module imports it: an import shuts its doors.
  const isBare = !/await import|require\("(node:)?(inspector|v8|module)"\)|getBuiltinModule/.test(
    body,
  );
  const first = isBare ? `import { Session } from "node:inspector";` : "";
  const module = `${first} import { Worker } from "node:worker_threads";
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    const evaluate = ${evaluate}; const inThread = ${inThread};
    const run = async () => { ${body} };
    export default { type: "test", step: async () => ({ result: await run().catch((error) => error.message) }) };`;
  await using actor = await startActor({ module });
  expect((await actor.next("step")).result).toMatch(
    /closed to agents: it leads out of their thread/,
  );
  expect(globalThis).not.toHaveProperty(REACHED);
});

test("an agent's own threads work all the same", async () => {
  const module = `import { Worker } from "node:worker_threads"; import { once } from "node:events";
    const body = 'require("node:worker_threads").parentPort.postMessage(process.execArgv.length + require("node:worker_threads").workerData)';
    export default { type: "test", step: async () => {
      const execArgv = ["--trace-uncaught"];
      const worker = new Worker(body, { eval: true, workerData: 40, execArgv, stderr: true });
      let printed = "";
      worker.stderr.on("data", (part) => { printed += part; });
      const [said] = await once(worker, "message");
      await once(worker, "exit");
      return { result: String(said) + (worker instanceof Worker) + printed };
    } };`;
  await using actor = await startActor({ module });
  expect((await actor.next("step")).result).toBe("43true");
});

test("a leak of an agent's own thread ends that thread, and no other", async () => {
  const module = `import { Worker } from "node:worker_threads"; import { once } from "node:events";
    const leak = "const kept = []; for (;;) kept.push(new Array(1e5).fill(0));";
    const limitOf = async (options) => {
      const worker = new Worker("setInterval(() => {}, 1e6)", { eval: true, ...options });
      const limit = worker.resourceLimits.maxOldGenerationSizeMb;
      await worker.terminate();
      return limit;
    };
    export default { type: "test", step: async () => {
      const [error] = await once(new Worker(leak, { eval: true }), "error");
      const own = await limitOf({ resourceLimits: { maxOldGenerationSizeMb: 32 } });
      return { result: [error.code, await limitOf({}), own] };
    } };`;
  await using actor = await startActor({ module });
  const { result } = await actor.next("step");
  expect(result).toBe('["ERR_WORKER_OUT_OF_MEMORY",256,32]');
});
