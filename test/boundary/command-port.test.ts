/** The command port: what is sent is carried out in order, and never waits without bound. */

import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import {
  ActorLink,
  COMMANDS_UNTAKEN_MAX,
  exposeCommands,
} from "../../src/boundary/command-port.ts";
import type { ActorCommands } from "../../src/boundary/protocol.ts";
import { guidanceOf, startActor } from "../support/actor-harness.ts";

/** A link whose other end takes commands when the event loop gets there. */
function linkTo(commands: ActorCommands): ActorLink {
  const { port1, port2 } = new MessageChannel();
  const taken = { commandsTaken: 0 };
  exposeCommands(commands, port2, () => {
    taken.commandsTaken += 1;
  });
  onTestFinished(() => port1.close());
  return new ActorLink((call) => port1.postMessage(call), taken);
}

/** What was sent over a link whose other end takes only what the test says. */
function record(taken: { commandsTaken: number }) {
  const sent: unknown[] = [];
  return { sent, link: new ActorLink((call) => sent.push(call), taken) };
}

test("commands arrive in order and with their arguments", async () => {
  const seen: unknown[] = [];
  const { promise: isAborted, resolve: abort } = Promise.withResolvers<void>();
  const guidance = guidanceOf({ subject: "dogs" });
  const link = linkTo({
    start: () => seen.push("start"),
    wake: () => seen.push("wake"),
    interrupt: (...args) => seen.push(args),
    abort,
  });
  link.interrupt(guidance, "now");
  link.wake();
  link.abort();
  await isAborted;
  expect(seen).toEqual([[guidance, "now"], "wake"]);
});

test("a command that throws keeps nothing from the next", async () => {
  const { promise: isAborted, resolve: abort } = Promise.withResolvers<void>();
  let refusals = 0;
  const refuse = () => {
    refusals += 1;
    throw new Error("no");
  };
  const link = linkTo({ start: refuse, wake: refuse, interrupt: refuse, abort });
  link.wake();
  link.abort();
  await isAborted;
  expect(refusals).toBe(1);
});

test("of wakes one waits at most", () => {
  const taken = { commandsTaken: 0 };
  const { sent, link } = record(taken);
  for (let n = 0; n < 5; n += 1) link.wake();
  expect(sent).toHaveLength(1);
  link.abort();
  taken.commandsTaken = 1;
  link.wake();
  link.wake();
  expect(sent).toHaveLength(3);
});

test("commands that are not taken do not pile up without bound", () => {
  const taken = { commandsTaken: 0 };
  const { sent, link } = record(taken);
  for (let n = 0; n < COMMANDS_UNTAKEN_MAX + 5; n += 1) link.abort();
  expect(sent).toHaveLength(COMMANDS_UNTAKEN_MAX);
  taken.commandsTaken = 1;
  link.abort();
  expect(sent).toHaveLength(COMMANDS_UNTAKEN_MAX + 1);
});

test("a command to a thread that is gone does nothing", async () => {
  await using actor = await startActor({
    module: `export default { type: "test", step(ctx) { ctx.log.info("busy"); for (;;); } };`,
  });
  await actor.logged("busy");
  actor.link.wake();
  await actor.worker.terminate();
  await actor.exited;
  expect(() => actor.link.abort()).not.toThrow();
});
