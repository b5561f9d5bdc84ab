/** Main's end of the command port: whatever a thread answers, each command resolves, and none piles up. */

import { MessageChannel, MessagePort } from "node:worker_threads";
import { expose, transfer } from "comlink";
import { describe, expect, onTestFinished, test } from "vitest";
import { ActorLink, UNANSWERED_MAX } from "../../src/boundary/actor-link.ts";
import { type AnsweredCommands, makeEndpoint } from "../../src/boundary/command-endpoint.ts";
import { exposeCommands } from "../../src/boundary/command-port.ts";
import type { ActorCommands, AnswerReport } from "../../src/boundary/protocol.ts";
import { parseRefusal, parseReport } from "../../src/boundary/report-check.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { GUIDANCE_ENTRIES_MAX } from "../../src/model/limits.ts";
import { guidanceOf, startActor } from "../support/actor-harness.ts";
import { until } from "../support/until.ts";

const guidance = guidanceOf({ subject: "dogs" });
const idle: ActorCommands = {
  start: () => undefined,
  wake: () => undefined,
  interrupt: () => undefined,
  recalled: () => undefined,
  abort: () => undefined,
};

interface Ends {
  readonly link: ActorLink;
  readonly faults: unknown[];
  /** Answers as they came. */
  readonly answers: AnswerReport[];
}

/** A link and the port of its other end, whose messages are checked as those of a thread. */
function open(attach: (port: MessagePort, onTaken: () => void) => void): Ends {
  const { port1, port2 } = new MessageChannel();
  const control = { commandsTaken: 0 };
  attach(port2, () => {
    control.commandsTaken += 1;
  });
  onTestFinished(() => port1.close());
  const faults: unknown[] = [];
  const answers: AnswerReport[] = [];
  const onFault = (thrown: unknown) => void faults.push(thrown);
  const link = new ActorLink({ post: (call) => port1.postMessage(call), control, onFault });
  port1.on("message", (message) => {
    try {
      const report = parseReport(message) as AnswerReport;
      answers.push(report);
      link.receive(report);
    } catch (thrown) {
      onFault(thrown);
    }
  });
  return { link, faults, answers };
}

function linkTo(commands: Partial<ActorCommands>): Ends {
  return open((port, onTaken) => {
    exposeCommands({ ...idle, ...commands }, port, {
      send: (report) => port.postMessage(report),
      onTaken,
    });
  });
}

/** The other end is Comlink's too, and exposes what an agent might put in the place of the commands. */
function linkToForger(interrupt: () => unknown): Ends {
  return open((port) => {
    const forged = { ...idle, interrupt } as unknown as AnsweredCommands;
    const post = (message: unknown) =>
      port.postMessage({ kind: "answer", message }, portsOf(message));
    expose(
      forged,
      makeEndpoint(post, (receive) => port.on("message", receive)),
    );
  });
}

function portsOf(message: unknown): MessagePort[] {
  const { value } = message as { readonly value?: unknown };
  return value instanceof MessagePort ? [value] : [];
}

function makePort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return port2;
}

/** What was sent over a link whose other end takes only what the test says, and answers nothing. */
function record(control: { commandsTaken: number }) {
  const sent: unknown[] = [];
  const post = (call: unknown) => void sent.push(call);
  return { sent, link: new ActorLink({ post, control, onFault: () => undefined }) };
}

describe("commands", () => {
  test("arrive in order and with their arguments", async () => {
    const seen: unknown[] = [];
    const { promise: isAborted, resolve: abort } = Promise.withResolvers<void>();
    const interrupt: ActorCommands["interrupt"] = (...args) => seen.push(args);
    const { link } = linkTo({ interrupt, wake: () => seen.push("wake"), abort });
    void link.interrupt(guidance, "now");
    link.wake();
    link.abort();
    await isAborted;
    expect(seen).toEqual([[guidance, "now"], "wake"]);
  });

  test("that throw report why to whoever sent them, with the code", async () => {
    const refuse = () => {
      throw new TroupeError("GUIDANCE_LIMIT", "one too many");
    };
    const { link, faults } = linkTo({ interrupt: refuse, start: refuse });
    const refused = { code: "GUIDANCE_LIMIT", message: "one too many" };
    expect(await link.interrupt(guidance, "next")).toMatchObject(refused);
    expect(faults).toEqual([]);
  });

  test("that throw keep nothing from the next", async () => {
    const { promise: isAborted, resolve: abort } = Promise.withResolvers<void>();
    let refusals = 0;
    const refuse = () => {
      refusals += 1;
      throw new Error("no");
    };
    const { link, faults } = linkTo({ wake: refuse, interrupt: refuse, abort });
    link.wake();
    expect(await link.interrupt(guidance, "next")).toMatchObject({ code: "INTERNAL" });
    link.abort();
    await isAborted;
    expect([refusals, faults]).toEqual([2, []]);
  });

  test("that cannot be sent throw, and the next wake is sent", async () => {
    const { promise: isAwake, resolve: wake } = Promise.withResolvers<void>();
    const { link } = linkTo({ wake });
    const uncloneable = guidanceOf({ n: () => 1 });
    expect(() => link.interrupt(uncloneable, "next")).toThrow(/could not be cloned/);
    link.wake();
    await isAwake;
  });

  test("resolve when the thread has gone, and then do nothing", async () => {
    const { sent, link } = record({ commandsTaken: 0 });
    const waiting = [link.interrupt(guidance, "next"), link.interrupt(guidance, "now")];
    link.close();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    const before = sent.length;
    link.wake();
    expect(await link.interrupt(guidance, "next")).toBeUndefined();
    expect(sent).toHaveLength(before);
  });

  test("that are never answered resolve, and do not pile up without bound", async () => {
    const { sent, link } = record({ commandsTaken: 0 });
    const first = link.interrupt(guidance, "next");
    for (let n = 0; n < UNANSWERED_MAX + 5; n += 1) link.abort();
    expect(sent).toHaveLength(UNANSWERED_MAX);
    expect(await link.interrupt(guidance, "next")).toBeUndefined();
    expect(await first).toBeUndefined();
    expect(sent).toHaveLength(UNANSWERED_MAX);
  });

  test("wait one at a time, if they are wakes", () => {
    const control = { commandsTaken: 0 };
    const { sent, link } = record(control);
    for (let n = 0; n < 5; n += 1) link.wake();
    expect(sent).toHaveLength(1);
    link.abort();
    control.commandsTaken = 1;
    link.wake();
    link.wake();
    expect(sent).toHaveLength(3);
  });
});

describe("an answer", () => {
  const forged: Readonly<Record<string, () => unknown>> = {
    "that is a number": () => 42,
    "with a code that would be retried forever": () => ({
      code: "STORE_UNAVAILABLE",
      message: "",
    }),
    "that is an error": () => {
      throw Object.assign(new Error("no"), { code: "GUIDANCE_LIMIT" });
    },
    "that brings a port": () => {
      const port = makePort();
      return transfer(port, [port]);
    },
    "that is huge": () => ({ code: "INTERNAL", message: "x".repeat(40_000) }),
    "that is nested deeply": () => {
      let value: unknown = null;
      for (let depth = 0; depth < 500; depth += 1) value = [value];
      return value;
    },
  };

  test.each(Object.keys(forged))("%s is a fault of the thread", async (how) => {
    const { link, faults } = linkToForger(forged[how] ?? (() => undefined));
    const answer = link.interrupt(guidance, "next");
    await until(() => faults.length > 0);
    expect(faults).toEqual([expect.objectContaining({ code: "AGENT_REPORT_INVALID" })]);
    link.close();
    expect(await answer).toBeUndefined();
  });

  test("that comes twice, or to no command, changes nothing", async () => {
    const { link, faults, answers } = linkTo({});
    expect(await link.interrupt(guidance, "next")).toBeUndefined();
    for (const answer of answers.slice()) link.receive(answer);
    link.receive({ kind: "answer", message: { id: "1" } });
    link.receive({ kind: "answer", message: null });
    expect(await link.interrupt(guidance, "next")).toBeUndefined();
    expect(faults).toEqual([]);
  });
});

test("a thread whose mailbox is full refuses guidance, and answers so", async () => {
  await using actor = await startActor({
    module: `export default { type: "test", async step(ctx) { await gate(ctx); return { result: "" }; } };`,
  });
  await actor.logged("at the gate");
  for (let n = 0; n < GUIDANCE_ENTRIES_MAX; n += 1) {
    expect(await actor.link.interrupt(guidanceOf({ n }), "next")).toBeUndefined();
  }
  const refusal = await actor.link.interrupt(guidanceOf({ n: -1 }), "next");
  expect(refusal).toMatchObject({ code: "GUIDANCE_LIMIT" });
  actor.openGate();
});

test("guidance for a thread that is terminated in a loop waits for no answer", async () => {
  await using actor = await startActor({
    module: `export default { type: "test", step(ctx) { ctx.log.info("busy"); for (;;); } };`,
  });
  await actor.logged("busy");
  const answer = actor.link.interrupt(guidance, "now");
  await actor.worker.terminate();
  await actor.exited;
  expect(await answer).toBeUndefined();
  expect(() => actor.link.abort()).not.toThrow();
});

test("a command's answer is nothing or a refusal with a code of its own, made storable", () => {
  expect(parseRefusal(null)).toBeUndefined();
  const refused = { code: "GUIDANCE_LIMIT", message: "half \ud83d", details: { n: 1n } };
  expect(parseRefusal(refused)).toEqual({ code: "GUIDANCE_LIMIT", message: "half \ufffd" });
  for (const other of [undefined, "no", {}, { ...refused, code: "AGENT_NOT_RUNNING" }]) {
    expect(() => parseRefusal(other)).toThrow(
      "the answer to a command must be null or an error with which it can be refused",
    );
  }
});
