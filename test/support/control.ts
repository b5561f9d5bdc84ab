/** A whole fleet with its server in the test's own process, spoken to over real sockets. */

import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { startTroupe, type Troupe } from "../../src/main.ts";
import { defined } from "../../src/model/defined.ts";
import { loadSettings, type SettingSources } from "../../src/settings/config.ts";
import { makeTempFolder } from "./temp-folder.ts";

export interface ControlOptions {
  /** Beside the database, a free port and the offline model. */
  readonly flags?: SettingSources["flags"];
  /** The folder around the database, which stays; by default one of its own. */
  readonly folder?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, where it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test itself
  readonly json: any;
}

export interface AskOptions {
  /** Sent as JSON; text and bytes as they are. */
  readonly body?: unknown;
  /** Beside the token's and the body's; undefined takes one of these away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

export class Control implements AsyncDisposable {
  readonly troupe: Troupe;
  /** The folder around the database. */
  readonly folder: string;
  readonly #logged: string[];
  readonly #opened: AsyncDisposableStack;

  private constructor(
    troupe: Troupe,
    { folder, logged, opened }: { folder: string; logged: string[]; opened: AsyncDisposableStack },
  ) {
    this.troupe = troupe;
    this.folder = folder;
    this.#logged = logged;
    this.#opened = opened;
  }

  static async start({ flags = {}, folder }: ControlOptions = {}): Promise<Control> {
    await using opened = new AsyncDisposableStack();
    const place = folder ?? opened.use(await makeTempFolder()).path;
    const logged: string[] = [];
    const log = pino({ level: "trace" }, { write: (line: string) => void logged.push(line) });
    const db = join(place, "data/troupe");
    const settings = loadSettings({
      flags: { db, port: "0", llm: "offline", ...flags },
      env: {},
      envFile: join(place, ".env"),
    });
    const troupe = await startTroupe(settings, log);
    opened.defer(() => troupe.close());
    return new Control(troupe, { folder: place, logged, opened: opened.move() });
  }

  get token(): string {
    return this.troupe.server.token;
  }

  get url(): URL {
    return new URL(this.troupe.server.url);
  }

  get port(): number {
    return Number(this.url.port);
  }

  /** All that was logged so far, at every level. */
  get log(): string {
    return this.#logged.join("");
  }

  async ask(method: string, path: string, { body, headers }: AskOptions = {}): Promise<Answer> {
    const { hostname, port } = this.url;
    const isSentAsItIs = typeof body === "string" || body instanceof Buffer || body === undefined;
    const payload = isSentAsItIs ? body : JSON.stringify(body);
    const asked = request({
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: known({
        authorization: `Bearer ${this.token}`,
        ...(payload === undefined
          ? {}
          : {
              "content-type": "application/json",
              "content-length": `${Buffer.byteLength(payload)}`,
            }),
        ...headers,
      }),
    });
    asked.end(payload);
    const [response] = await once(asked, "response");
    const received = await text(response);
    const { "content-type": type = "", "content-encoding": encoding } = response.headers;
    const isJson = /json/.test(type) && encoding === undefined && received !== "";
    return {
      status: response.statusCode,
      headers: response.headers,
      text: received,
      json: isJson ? JSON.parse(received) : undefined,
    };
  }

  get(path: string, options?: AskOptions): Promise<Answer> {
    return this.ask("GET", path, options);
  }

  post(path: string, body?: unknown, headers: AskOptions["headers"] = {}): Promise<Answer> {
    return this.ask("POST", path, defined({ body, headers }));
  }

  /** Sends bytes as they are; resolves with all that comes back until the server ends it. */
  async send(bytes: string): Promise<string> {
    const { hostname } = this.url;
    const socket = connect(this.port, hostname);
    socket.on("error", () => undefined); // a reset ends it as well
    socket.write(bytes);
    return await text(socket).catch(() => "");
  }

  async close(): Promise<void> {
    await this.#opened.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function known(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(headers).filter((entry) => entry[1] !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}
