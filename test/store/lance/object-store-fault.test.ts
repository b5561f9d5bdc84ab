import { expect, test } from "vitest";
import { openConnection } from "../../../src/store/lance/connection.ts";
import {
  endpointFault,
  explainStoreFault,
  unansweredFault,
} from "../../../src/store/lance/object-store-fault.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

/** As LanceDB 0.39 reports it. */
function listed(inner: string, url = "http://127.0.0.1:9/good?list-type=2"): string {
  return `Invalid input, Failed to connect to namespace: IO { source: Generic { store: "S3", source: ListRequest { source: RetryError(RetryErrorImpl { method: GET, uri: Some(${url}), retries: 0, max_retries: 3, elapsed: 1.452727ms, retry_timeout: 180s, inner: ${inner} }) } }, location: Location { file: "/x/lance-io-12.0.0/src/object_store.rs", line: 1490, column: 92 }, backtrace: MaybeBacktrace }`;
}

function refused(status: number, code: string): string {
  const body = `<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?><Error><Code>${code}</Code></Error>`;
  return listed(`Status { status: ${status}, body: Some("${body}") }`);
}

function unsent(error: string, url?: string): string {
  const source = `hyper_util::client::legacy::Error(Connect, ${error})`;
  const kind = "reqwest::Error { kind: Request, source: ";
  return listed(`Http(HttpError { kind: Connect, source: ${kind}${source} } })`, url);
}

const refusedConnection =
  'ConnectError("tcp connect error", 127.0.0.1:9, Os { code: 111, kind: ConnectionRefused, message: "Connection refused" })';

test.each([
  [refused(404, "NoSuchBucket"), /http:\/\/127\.0\.0\.1:9 has no such bucket; .*TROUPE_DB/],
  [refused(403, "InvalidAccessKeyId"), /AWS_ACCESS_KEY_ID/],
  [refused(403, "SignatureDoesNotMatch"), /AWS_SECRET_ACCESS_KEY/],
  [refused(403, "AccessDenied"), /denies access; .*rights/],
  [refused(400, "ExpiredToken"), /AWS_SESSION_TOKEN/],
  [refused(403, "RequestTimeTooSkewed"), /clock/],
  [refused(400, "AuthorizationHeaderMalformed"), /AWS_REGION/],
  [listed("BareRedirect"), /AWS_REGION/],
  [refused(503, "SlowDown"), /answered 503 SlowDown; check the store/],
  [listed('Status { status: 404, body: Some("") }'), /answered 404; .*AWS_ENDPOINT/],
  [unsent(refusedConnection), /refused the connection; .*AWS_ENDPOINT/],
  [unsent(refusedConnection, "http://user:hush@127.0.0.1:9/good"), /^http:\/\/127\.0\.0\.1:9 /],
  [unsent('ConnectError("dns error", Custom { kind: Uncategorized })'), /host .* was not found/],
  [
    unsent("Custom { error: Custom { error: InvalidMessage(InvalidContentType) } }"),
    /does not speak TLS/,
  ],
  [
    listed("Http(HttpError { source: reqwest::Error { kind: Builder, source: BadScheme } })"),
    /AWS_ALLOW_HTTP=true/,
  ],
  [
    listed("Http(HttpError { kind: Timeout, source: reqwest::Error { source: TimedOut } })"),
    /does not answer/,
  ],
  [
    "Generic S3 error: Error performing GET http://127.0.0.1:9/good?list-type=2 in 101.5ms, after 1 retries, max_retries: 1, retry_timeout: 3s  - HTTP error: error sending request",
    /^http:\/\/127\.0\.0\.1:9 cannot be reached/,
  ],
  [
    'IO { source: Generic { store: "N/A", source: IO { source: "Failed to get AWS credentials: ProviderError(ProviderError { raw: Response { status: StatusCode(403) } })" } } }',
    /no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
  ],
  [
    "lance error: LanceError(IO): Generic S3 error: Failed to resolve region for bucket 'good', /x/aws.rs:320:13",
    /region of bucket good was not found; set AWS_REGION/,
  ],
  [
    "Invalid input, No object store provider found for scheme: 's5' Valid schemes: file, gs, s3, az",
    /scheme s5:\/\//,
  ],
  [
    "lance error: LanceError(IO): Generic S3 error: URL did not match any known pattern for scheme: s3:///fleet",
    /no bucket/,
  ],
])("LanceDB's text is explained with its remedy %#", (text, expected) => {
  const explained = explainStoreFault(text);
  expect(explained).toMatch(expected);
  expect(explained).not.toMatch(/source:|hush/);
});

test("another error is not explained", () => {
  expect(explainStoreFault("Table 'queue' was not found")).toBeUndefined();
  expect(explainStoreFault("Append with different schema, status: 404")).toBeUndefined();
});

test("an endpoint must be a URL, and no message shows a password in it", () => {
  expect(endpointFault({ AWS_ENDPOINT: "https://store.example.com" })).toBeUndefined();
  expect(endpointFault({})).toBeUndefined();
  expect(endpointFault({ AWS_ENDPOINT: "store:9000" })).toMatch(/AWS_ENDPOINT .*got "store:9000"/);
  expect(endpointFault({ AWS_ENDPOINT_URL: "user:hush@store" })).not.toMatch(/hush/);
});

test("a store that does not answer is named, and a missing key with it", () => {
  const storage = { AWS_ENDPOINT: "https://store.example.com/path" };
  expect(unansweredFault(storage, 15_000)).toMatch(
    /^https:\/\/store\.example\.com did not answer within 15 s; .*set AWS_ACCESS_KEY_ID/,
  );
  expect(unansweredFault({ ...storage, AWS_ACCESS_KEY_ID: "key" }, 15_000)).not.toMatch(/KEY/);
});

test("a folder is opened whatever the environment says of object stores", async () => {
  await using folder = await makeTempFolder();
  const connection = await openConnection(folder.path, { AWS_ENDPOINT: "nonsense" });
  expect(await connection.tableNames()).toEqual([]);
  connection.close();
  await expect(openConnection("s3://bucket/x", { AWS_ENDPOINT: "nonsense" })).rejects.toThrow(
    "AWS_ENDPOINT must be a URL",
  );
});
