/** An object store in memory, as much of S3 as LanceDB uses, that can stop answering. */

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { LoopbackHttp } from "./loopback-http.ts";
import type { Listed } from "./stopped-listing.ts";

interface Stored {
  readonly bytes: Buffer;
  readonly at: Date;
}

interface Heard {
  readonly method: string;
  /** Without the bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer;
}

/** The only ones there are. Signatures are not checked. */
const BUCKET = "bucket";
const KEY = "key";

export class ObjectStore extends LoopbackHttp implements Listed {
  /** False: requests are taken and never answered. */
  isAnswering: boolean;
  /** Requests so far. */
  requests = 0;
  onList: Listed["onList"] = () => undefined;
  readonly #objects = new Map<string, Stored>();
  readonly #uploads = new Map<string, Map<number, Buffer>>();
  readonly #held = new Set<ServerResponse>();

  private constructor(isAnswering: boolean) {
    super();
    this.isAnswering = isAnswering;
  }

  static start({ isAnswering = true } = {}): Promise<ObjectStore> {
    return new ObjectStore(isAnswering).listen();
  }

  /** What a program needs to use it. */
  get env(): Readonly<Record<string, string>> {
    return {
      TROUPE_DB: `s3://${BUCKET}/fleet`,
      AWS_ENDPOINT: this.url,
      AWS_ALLOW_HTTP: "true",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: "secret",
    };
  }

  /** Breaks off what was taken and not answered, and answers from now on. */
  answer(): void {
    this.isAnswering = true;
    for (const response of this.#held) response.destroy();
    this.#held.clear();
  }

  protected async respond(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<void> {
    this.requests += 1;
    if (!this.isAnswering) {
      this.#held.add(response);
      response.once("close", () => this.#held.delete(response));
      return;
    }
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://store");
    const refusal = refusalOf(pathname, request.headers.authorization);
    if (refusal !== undefined) {
      response.writeHead(refusal.status).end(`<Error><Code>${refusal.code}</Code></Error>`);
      return;
    }
    const key = decodeURIComponent(pathname.split("/").slice(2).join("/"));
    const { method = "", headers: given } = request;
    if (query.has("list-type")) await this.onList(query.get("prefix") ?? "");
    const answer = this.#answer({ method, key, query, headers: given, body });
    const { status, headers = {}, body: said = "" } = answer;
    response.writeHead(status, { "content-length": Buffer.byteLength(said), ...headers });
    response.end(method === "HEAD" ? undefined : said);
  }

  #answer(heard: Heard): Answer {
    const { method, key, query } = heard;
    if (method === "GET") return query.has("list-type") ? this.#list(query) : this.#read(heard);
    if (method === "HEAD") return this.#read(heard);
    if (method === "PUT") return this.#put(heard);
    if (method === "POST") return this.#post(heard);
    if (query.has("uploadId")) this.#uploads.delete(query.get("uploadId") ?? "");
    else this.#objects.delete(key);
    return { status: 204 };
  }

  #put({ key, query, headers, body }: Heard): Answer {
    const parts = this.#uploads.get(query.get("uploadId") ?? "");
    if (parts !== undefined) {
      parts.set(Number(query.get("partNumber")), body);
      return { status: 200, headers: { etag: tagOf(body) } };
    }
    if (headers["if-none-match"] === "*" && this.#objects.has(key)) {
      return { status: 412, body: "<Error><Code>PreconditionFailed</Code></Error>" };
    }
    const source = headers["x-amz-copy-source"];
    const [, , ...from] = decodeURIComponent(String(source)).split("/");
    const copied = source === undefined ? body : this.#objects.get(from.join("/"))?.bytes;
    if (copied === undefined) return { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" };
    this.#objects.set(key, { bytes: copied, at: new Date() });
    const said = source === undefined ? "" : "<CopyObjectResult/>";
    return { status: 200, headers: { etag: tagOf(copied) }, body: said };
  }

  #post({ key, query, body }: Heard): Answer {
    if (query.has("delete")) {
      for (const [, name = ""] of body.toString().matchAll(/<Key>(.*?)<\/Key>/g)) {
        this.#objects.delete(name);
      }
      return { status: 200, body: "<DeleteResult/>" };
    }
    if (query.has("uploads")) {
      const id = `upload${this.requests}`;
      this.#uploads.set(id, new Map());
      const said = `<UploadId>${id}</UploadId>`;
      const name = "InitiateMultipartUploadResult";
      return { status: 200, body: `<${name}>${said}</${name}>` };
    }
    const parts = this.#uploads.get(query.get("uploadId") ?? "") ?? new Map<number, Buffer>();
    const bytes = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
    this.#objects.set(key, { bytes, at: new Date() });
    const name = "CompleteMultipartUploadResult";
    return { status: 200, body: `<${name}><ETag>${tagOf(bytes)}</ETag></${name}>` };
  }

  #read({ key, headers }: Heard): Answer {
    const found = this.#objects.get(key);
    if (found === undefined) return { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" };
    const { bytes, at } = found;
    const common = { etag: tagOf(bytes), "last-modified": at.toUTCString() };
    const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
    if (first === undefined) return { status: 200, headers: common, body: bytes };
    const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
    const end =
      first === "" || last === "" ? bytes.length : Math.min(bytes.length, +(last ?? 0) + 1);
    const range = `bytes ${start}-${end - 1}/${bytes.length}`;
    const body = bytes.subarray(start, end);
    return { status: 206, headers: { ...common, "content-range": range }, body };
  }

  #list(query: URLSearchParams): Answer {
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter") ?? "";
    const after = query.get("start-after") ?? "";
    const folders = new Set<string>();
    const contents: string[] = [];
    for (const key of [...this.#objects.keys()].sort(byCode)) {
      if (!key.startsWith(prefix) || key <= after) continue;
      const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut >= 0) folders.add(key.slice(0, cut + 1));
      else contents.push(this.#entry(key));
    }
    const within = [...folders].map((folder) => `<Prefix>${folder}</Prefix>`);
    const common = within.map((folder) => `<CommonPrefixes>${folder}</CommonPrefixes>`);
    const all = ["<IsTruncated>false</IsTruncated>", ...contents, ...common].join("");
    return { status: 200, body: `<ListBucketResult>${all}</ListBucketResult>` };
  }

  #entry(key: string): string {
    const { bytes = Buffer.of(), at = new Date() } = this.#objects.get(key) ?? {};
    const size = `<Size>${bytes.length}</Size><ETag>${tagOf(bytes)}</ETag>`;
    const time = `<LastModified>${at.toISOString()}</LastModified>`;
    return `<Contents><Key>${key}</Key>${time}${size}</Contents>`;
  }
}

/** As S3 refuses an unknown key, and a request for another bucket. */
function refusalOf(path: string, authorization = ""): { status: number; code: string } | undefined {
  const [, key] = /Credential=([^/,]*)/.exec(authorization) ?? [];
  if (key !== KEY) return { status: 403, code: "InvalidAccessKeyId" };
  const [, bucket] = path.split("/");
  return bucket === BUCKET ? undefined : { status: 404, code: "NoSuchBucket" };
}

function tagOf(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** The order in which S3 lists. */
function byCode(a: string, b: string): number {
  return a < b ? -1 : 1;
}
