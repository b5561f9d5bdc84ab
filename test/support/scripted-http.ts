/** An HTTP server that answers as the test says, one script a request. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { LoopbackHttp } from "./loopback-http.ts";

export interface HeardRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Script = (response: ServerResponse, request: HeardRequest) => void;

export class ScriptedHttp extends LoopbackHttp {
  /** All requests so far. */
  readonly heard: HeardRequest[] = [];
  readonly #scripts: Script[];

  private constructor(scripts: readonly Script[]) {
    super();
    this.#scripts = [...scripts];
  }

  /** The last script answers all further requests. */
  static start(...scripts: readonly Script[]): Promise<ScriptedHttp> {
    return new ScriptedHttp(scripts).listen();
  }

  protected respond(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method = "", url = "", headers } = request;
    const heard = { method, url, headers, body: body.toString() };
    this.heard.push(heard);
    const script = this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0];
    script?.(response, heard);
  }
}

export function json(body: unknown, status = 200): Script {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
}

export function problem(status: number, body: object): Script {
  return (response) => {
    response.writeHead(status, { "content-type": "application/problem+json; charset=utf-8" });
    response.end(JSON.stringify(body));
  };
}

export function html(status: number): Script {
  return (response) => {
    response.writeHead(status, { "content-type": "text/html" });
    response.end("<h1>Welcome</h1>");
  };
}

/** The connection breaks before anything is answered. */
export const breaks: Script = (response) => response.destroy();

/** Begins a stream of events, writes these frames, and leaves it open unless told to break it. */
export function stream(frames: readonly string[], { isBroken = false } = {}): Script {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(frames.join(""), () => isBroken && response.destroy());
  };
}
