/** The command port: every call settles, whatever becomes of the thread. */

import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { ActorLink, COMMANDS_UNANSWERED_MAX, exposeCommands } from "../../src/actor/port.ts";
import type { ActorCommands } from "../../src/actor/protocol.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { guidanceOf, startActor } from "../support/actor-harness.ts";

function linkTo(commands: ActorCommands): ActorLink {
  const { port1, port2 } = new MessageChannel();
  exposeCommands(commands, port2);
  const link = new ActorLink(port1);
  onTestFinished(() => link.ended());
  return link;
}

/** A port whose other end nobody serves. */
function linkToNobody(deadlineMs?: number): ActorLink {
  const { port1, port2 } = new MessageChannel();
  const link = new ActorLink(port1, deadlineMs);
  onTestFinished(() => {
    link.ended();
    port2.close();
  });
  return link;
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

const idle: ActorCommands = { start() {}, wake() {}, interrupt() {}, abort() {} };

test("a command arrives with its arguments", async () => {
  const seen: unknown[] = [];
  const link = linkTo({ ...idle, interrupt: (...args) => seen.push(args) });
  const guidance = guidanceOf({ subject: "dogs" });
  await link.interrupt(guidance, "now");
  expect(seen).toEqual([[guidance, "now"]]);
});

test("a refusal keeps its code", async () => {
  const link = linkTo({
    ...idle,
    wake() {
      throw new TroupeError("GUIDANCE_LIMIT", "full", { details: { max: 1 } });
    },
  });
  await expect(link.wake()).rejects.toMatchObject({
    code: "GUIDANCE_LIMIT",
    message: "full",
    details: { max: 1 },
  });
});

test("a command that nobody takes fails in its time and leaves no timer", async () => {
  const before = timers();
  const link = linkToNobody(1);
  await expect(link.abort()).rejects.toMatchObject({
    code: "COMMAND_TIMEOUT",
    details: { command: "abort", deadline_ms: 1 },
  });
  expect(timers()).toBe(before);
});

test("the thread's end rejects what is pending and what comes later", async () => {
  const before = timers();
  const link = linkToNobody();
  const pending = [link.wake(), link.abort()];
  link.ended();
  const ended = expect.objectContaining({ code: "THREAD_ENDED" });
  expect(await Promise.allSettled(pending)).toEqual([
    { status: "rejected", reason: ended },
    { status: "rejected", reason: ended },
  ]);
  await expect(link.wake()).rejects.toEqual(ended);
  expect(timers()).toBe(before);
});

test("commands that nobody takes do not pile up without bound", async () => {
  const link = linkToNobody();
  const waiting = Array.from({ length: COMMANDS_UNANSWERED_MAX }, () => link.wake());
  await expect(link.wake()).rejects.toMatchObject({ code: "COMMAND_TIMEOUT" });
  link.ended();
  await Promise.allSettled(waiting);
});

test("a thread that is terminated in mid-call leaves nothing pending", async () => {
  await using actor = await startActor({
    module: `export default { type: "test", step(ctx) { ctx.log.info("busy"); for (;;); } };`,
  });
  await actor.logged("busy");
  const call = actor.link.wake();
  const exit = once(actor.worker, "exit");
  await actor.worker.terminate();
  await exit;
  await expect(call).rejects.toMatchObject({ code: "THREAD_ENDED" });
});
