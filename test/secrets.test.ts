import { expect, test } from "vitest";
import { findSecrets } from "../src/secrets.ts";

test("a secret is recognized by its name", () => {
  const secret = {
    OPENAI_API_KEY: "1",
    TROUPE_TOKEN: "2",
    AWS_ACCESS_KEY_ID: "3",
    AWS_SECRET_ACCESS_KEY: "4",
    AWS_SESSION_TOKEN: "5",
    AZURE_STORAGE_SAS_KEY: "6",
    GOOGLE_APPLICATION_CREDENTIALS: "7",
    PGPASSWORD: "8",
    npm_config__authToken: "9",
    CLIENT_SECRET: "10",
    SSH_PASSPHRASE: "11",
    OTEL_EXPORTER_OTLP_HEADERS: "12",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "13",
  };
  const plain = {
    PATH: "/bin",
    HOME: "/root",
    AWS_REGION: "x",
    AWS_SHARED_CREDENTIALS_FILE: "/f",
    TROUPE_DB: "./db",
    NODE_OPTIONS: "--x",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://c",
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "needed",
    EMPTY_TOKEN: "",
    MISSING_TOKEN: undefined,
  };
  expect(findSecrets({ ...secret, ...plain })).toEqual(secret);
});
