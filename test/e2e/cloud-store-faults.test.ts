/** What the built program reports about stores of Google Cloud and Azure. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { ScriptedHttp } from "../support/scripted-http.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

interface Refusal {
  readonly status: number;
  readonly code: string;
}

/** A store that refuses every request in the same way. */
function startRefusing({ status, code }: Refusal): Promise<ScriptedHttp> {
  return ScriptedHttp.start((response) => {
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
  });
}

type Variables = Readonly<Record<string, string>>;

/** What a command reports about the database. */
async function reported(env: Variables, expected: RegExp): Promise<void> {
  await using folder = await makeTempFolder();
  const variables = { ...env, TROUPE_LOCAL: join(folder.path, "local") };
  await using program = new Program({
    cwd: folder.path,
    env: variables,
    args: ["agent", "list"],
  });
  await program.line(expected);
  expect(await program.exited()).toBe(1);
  expect(program.output).not.toMatch(/IO \{|panicked|c2VjcmV0/);
}

const CLOSED = "http://127.0.0.1:1";

function google(url: string): Variables {
  const withoutKey = { GOOGLE_SKIP_SIGNATURE: "true", GOOGLE_ALLOW_HTTP: "true" };
  return { ...withoutKey, TROUPE_DB: "gs://bucket/fleet", GOOGLE_BASE_URL: url };
}

test.concurrent.each<[Refusal, RegExp]>([
  [{ status: 404, code: "NoSuchBucket" }, /has no such bucket; make the bucket/],
  [{ status: 403, code: "AccessDenied" }, /denies access; give the service account/],
])(
  "a command reports how Google Cloud Storage refuses it, and what mends that %#",
  async (refusal, expected) => {
    await using store = await startRefusing(refusal);
    await reported(google(store.url), expected);
  },
);

test.concurrent.each<[Variables, RegExp]>([
  [google(CLOSED), /127\.0\.0\.1:1 refused the connection; .*GOOGLE_BASE_URL/],
  [{ ...google(CLOSED), GOOGLE_ALLOW_HTTP: "false" }, /set GOOGLE_ALLOW_HTTP=true/],
  [google("store:9000"), /GOOGLE_BASE_URL must be a URL/],
  [
    { TROUPE_DB: "gs://bucket/fleet", GOOGLE_APPLICATION_CREDENTIALS: "/none.json" },
    /the key file \/none\.json cannot be read/,
  ],
  [
    { TROUPE_DB: "gs://bucket/fleet", GOOGLE_SERVICE_ACCOUNT_KEY: "{}" },
    /is not the JSON that Google Cloud gives/,
  ],
])("a command reports what is wrong with Google's variables %#", async (env, expected) => {
  await reported(env, expected);
});

function azure(url: string): Variables {
  return {
    TROUPE_DB: "az://container/fleet",
    AZURE_STORAGE_ACCOUNT_NAME: "account",
    AZURE_STORAGE_ACCOUNT_KEY: "c2VjcmV0",
    AZURE_STORAGE_ENDPOINT: url,
    AZURE_ALLOW_HTTP: "true",
  };
}

test.concurrent.each<[Refusal, RegExp]>([
  [{ status: 404, code: "ContainerNotFound" }, /has no such container; make the container/],
  [{ status: 403, code: "AuthenticationFailed" }, /refuses the key; .*AZURE_STORAGE_ACCOUNT_KEY/],
  [{ status: 403, code: "AuthorizationPermissionMismatch" }, /denies access; .*role/],
])("a command reports how Azure refuses it, and what mends that %#", async (refusal, expected) => {
  await using store = await startRefusing(refusal);
  await reported(azure(store.url), expected);
});

test.concurrent.each<[Variables, RegExp]>([
  [azure(CLOSED), /127\.0\.0\.1:1 refused the connection; .*AZURE_STORAGE_ENDPOINT/],
  [{ ...azure(CLOSED), AZURE_ALLOW_HTTP: "false" }, /set AZURE_ALLOW_HTTP=true/],
  [azure("store:9000"), /AZURE_STORAGE_ENDPOINT must be a URL/],
  [{ TROUPE_DB: "az://container/fleet" }, /set AZURE_STORAGE_ACCOUNT_NAME/],
  [{ ...azure(CLOSED), AZURE_STORAGE_ACCOUNT_KEY: "%%%" }, /the account key is not base64/],
])("a command reports what is wrong with Azure's variables %#", async (env, expected) => {
  await reported(env, expected);
});
