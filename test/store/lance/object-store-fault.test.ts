import { expect, test } from "vitest";
import { openConnection } from "../../../src/store/lance/connection.ts";
import {
  endpointFault,
  explainStoreFault,
  unansweredFault,
} from "../../../src/store/lance/object-store-fault.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const LISTED = "http://127.0.0.1:9/good?list-type=2";

/** As LanceDB 0.39 reports it. */
function listed(inner: string, url = LISTED, store = "S3", request = "ListRequest"): string {
  return `Invalid input, Failed to connect to namespace: IO { source: Generic { store: "${store}", source: ${request} { source: RetryError(RetryErrorImpl { method: GET, uri: Some(${url}), retries: 0, max_retries: 3, elapsed: 1.452727ms, retry_timeout: 180s, inner: ${inner} }) } }, location: Location { file: "/x/lance-io-12.0.0/src/object_store.rs", line: 1490, column: 92 }, backtrace: MaybeBacktrace }`;
}

function refused(status: number, code: string, store?: string, message = ""): string {
  const text = `<Code>${code}</Code><Message>${message}</Message>`;
  const body = `<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?><Error>${text}</Error>`;
  return listed(`Status { status: ${status}, body: Some("${body}") }`, LISTED, store);
}

function unsent(error: string, url?: string, store?: string): string {
  const source = `hyper_util::client::legacy::Error(Connect, ${error})`;
  const kind = "reqwest::Error { kind: Request, source: ";
  return listed(`Http(HttpError { kind: Connect, source: ${kind}${source} } })`, url, store);
}

/** A request for a token, before the first one to the store. */
function token(inner: string, url: string, store: string): string {
  return listed(inner, url, store, "TokenRequest");
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

const refusedByMachine = 'Status { status: 403, body: Some("denied") }';
const badGrant = 'Status { status: 400, body: Some("{\\"error\\":\\"invalid_grant\\"}") }';
const notHttps = "Http(HttpError { source: reqwest::Error { kind: Builder, source: BadScheme } })";
const noHost = 'ConnectError("dns error", Custom { kind: Uncategorized })';
const metadata = "http://169.254.169.254";

test.each([
  [
    token(
      refusedByMachine,
      `${metadata}/computeMetadata/v1/instance/service-accounts/default/token`,
      "GCS",
    ),
    /^no credentials were found; set GOOGLE_APPLICATION_CREDENTIALS .* service account$/,
  ],
  [token(badGrant, "https://oauth2.googleapis.com/token", "GCS"), /refuses the service account/],
  [
    "lance error: LanceError(IO): Generic GCS error: Unable to open service account file from /keys/none.json: No such file or directory (os error 2), /x/gcp.rs:285:21",
    /^the key file \/keys\/none\.json cannot be read; .*GOOGLE_APPLICATION_CREDENTIALS/,
  ],
  [
    "lance error: LanceError(IO): Generic GCS error: GCP credential error: Unable to decode service account file: missing field `private_key` at line 1 column 2, /x/gcp.rs:285:21",
    /is not the JSON .*GOOGLE_SERVICE_ACCOUNT_KEY/,
  ],
  [
    "lance error: LanceError(IO): Generic AwsLcCryptoProvider error: Error reading pem file: no items found, /x/gcp.rs:285:21",
    /private key .* is damaged/,
  ],
  [refused(404, "NoSuchBucket", "GCS"), /has no such bucket; .*TROUPE_DB$/],
  [refused(403, "AccessDenied", "GCS"), /denies access; give the service account the rights/],
  [refused(401, "AuthenticationRequired", "GCS"), /denies access/],
  [refused(503, "ServiceUnavailable", "GCS"), /answered 503 ServiceUnavailable/],
  [unsent(refusedConnection, LISTED, "GCS"), /refused the connection; .*GOOGLE_BASE_URL/],
  [listed(notHttps, LISTED, "GCS"), /GOOGLE_ALLOW_HTTP=true/],
  [
    "lance error: LanceError(IO): Generic GCS error: URL did not match any known pattern for scheme: gs:///path, /x/gcp.rs:285:21",
    /has no bucket; .*gs:\/\/bucket\/path/,
  ],
])("Google Cloud Storage's text is explained with its own variables %#", (text, expected) => {
  const explained = explainStoreFault(text);
  expect(explained).toMatch(expected);
  expect(explained).not.toMatch(/source:|AWS_|AZURE_/);
});

test.each([
  [
    "Invalid input, Unable to find object store prefix: no Azure account name in URI, and no storage account configured.",
    /set AZURE_STORAGE_ACCOUNT_NAME/,
  ],
  [
    "lance error: LanceError(IO): Generic MicrosoftAzure error: Invalid Access Key: Invalid symbol 37, offset 0., /x/azure.rs:197:21",
    /not base64; correct AZURE_STORAGE_ACCOUNT_KEY/,
  ],
  [
    token(refusedByMachine, `${metadata}/metadata/identity/oauth2/token`, "MicrosoftAzure"),
    /^no credentials were found; set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN, .* identity$/,
  ],
  [
    token(badGrant, "https://login.microsoftonline.com/t/oauth2/v2.0/token", "MicrosoftAzure"),
    /refuses the client; .*AZURE_CLIENT_SECRET/,
  ],
  [refused(404, "ContainerNotFound", "MicrosoftAzure"), /has no such container/],
  [refused(403, "AuthenticationFailed", "MicrosoftAzure"), /AZURE_STORAGE_ACCOUNT_KEY/],
  [
    refused(403, "AuthenticationFailed", "MicrosoftAzure", "Request date header too old"),
    /set the clock/,
  ],
  [refused(403, "KeyBasedAuthenticationNotPermitted", "MicrosoftAzure"), /AZURE_CLIENT_SECRET/],
  [refused(403, "AuthorizationPermissionMismatch", "MicrosoftAzure"), /denies access; .*role/],
  [refused(403, "AuthorizationFailure", "MicrosoftAzure"), /denies access; .*firewall/],
  [refused(503, "ServerBusy", "MicrosoftAzure"), /answered 503 ServerBusy/],
  [unsent(refusedConnection, LISTED, "MicrosoftAzure"), /correct AZURE_STORAGE_ENDPOINT/],
  [unsent(noHost, LISTED, "MicrosoftAzure"), /was not found; correct AZURE_STORAGE_ACCOUNT_NAME/],
  [listed(notHttps, LISTED, "MicrosoftAzure"), /AZURE_ALLOW_HTTP=true/],
  [
    "lance error: LanceError(IO): Generic MicrosoftAzure error: URL did not match any known pattern for scheme: az:///path, /x/azure.rs:197:21",
    /has no container; .*az:\/\/container\/path/,
  ],
])("Azure's text is explained with its own variables %#", (text, expected) => {
  const explained = explainStoreFault(text);
  expect(explained).toMatch(expected);
  expect(explained).not.toMatch(/source:|AWS_|GOOGLE_/);
});

test("another error is not explained", () => {
  expect(explainStoreFault("Table 'queue' was not found")).toBeUndefined();
  expect(explainStoreFault("Append with different schema, status: 404")).toBeUndefined();
});

test("the endpoint of the database's store must be a URL, and no message shows a password in it", () => {
  const s3 = "s3://bucket/path";
  expect(endpointFault(s3, { AWS_ENDPOINT: "https://store.example.com" })).toBeUndefined();
  expect(endpointFault(s3, {})).toBeUndefined();
  expect(endpointFault(s3, { AWS_ENDPOINT: "store:9000" })).toMatch(
    /AWS_ENDPOINT .*got "store:9000"/,
  );
  expect(endpointFault(s3, { AWS_ENDPOINT_URL: "user:hush@store" })).not.toMatch(/hush/);
  expect(endpointFault("gs://bucket", { GOOGLE_BASE_URL: "store" })).toMatch(/GOOGLE_BASE_URL/);
  expect(endpointFault("az://c", { AZURE_STORAGE_ENDPOINT: "store" })).toMatch(
    /AZURE_STORAGE_ENDPOINT/,
  );
  expect(endpointFault("az://c", { AWS_ENDPOINT: "store" })).toBeUndefined();
  expect(endpointFault("/data/troupe", { AWS_ENDPOINT: "store" })).toBeUndefined();
});

test("a store that does not answer is named, and a missing key with it", () => {
  const storage = { AWS_ENDPOINT: "https://store.example.com/path" };
  expect(unansweredFault("s3://b", storage, 15_000)).toMatch(
    /^https:\/\/store\.example\.com did not answer within 15 s; .*set AWS_ACCESS_KEY_ID/,
  );
  const withKey = { ...storage, AWS_ACCESS_KEY_ID: "key" };
  expect(unansweredFault("s3://b", withKey, 15_000)).not.toMatch(/KEY/);
  expect(unansweredFault("gs://b", {}, 15_000)).toMatch(/set GOOGLE_APPLICATION_CREDENTIALS/);
  expect(unansweredFault("az://c", { AZURE_STORAGE_SAS_TOKEN: "t" }, 15_000)).not.toMatch(/KEY/);
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
