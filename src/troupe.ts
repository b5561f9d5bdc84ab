#!/usr/bin/env node
/**
 * The program's first file: refuses a Node that is too old, in one line, before anything is loaded
 * that such a Node cannot even parse.
 * Invariant: no static import, and no syntax or call that Node 18 does not know.
 */

const NODE_MAJOR_MIN = 26;

const version = process.versions.node;
if (Number.parseInt(version, 10) < NODE_MAJOR_MIN) {
  console.error(
    `troupe needs Node ${NODE_MAJOR_MIN} or newer, this is v${version}: start it with \`npm start\` or \`npx troupe\` in its own folder, which bring the right Node`,
  );
  process.exitCode = 1;
} else {
  const args = process.argv.slice(2);
  if (args[0] === "start") {
    const { hideSecrets } = await import("./secrets.ts");
    // First of all: it may make a new program of this one.
    hideSecrets();
    // By this signal Node would open a port for debuggers, through which anybody here runs code on main.
    process.on("SIGUSR1", () => undefined);
  }
  // `start` alone has a heart above it; what is asked about it is answered without one.
  const heartless = ["--no-heart", "--under-heart", "--help", "-h"];
  if (args[0] === "start" && !args.some((arg) => heartless.includes(arg))) {
    const { runUnderHeart } = await import("./heart/heart.ts");
    // Not by an exit code and the end of all work: the process would stop listening to signals before
    // it is gone, and one that comes then would end it with another code.
    process.exit(await runUnderHeart({ program: import.meta.filename, args }));
  } else {
    const { runCli } = await import("./cli/cli.ts");
    process.exitCode = await runCli(args);
  }
}
