/**
 * The kinds of object stores that a database can be in: the variables that each is set by, and the faults
 * that only one of them has. Pure.
 */

export interface Fault {
  /** In LanceDB's text. */
  readonly sign: RegExp;
  /** @param at the endpoint; `match` is that of the sign */
  readonly say: (at: string, kind: StoreKind, match: RegExpExecArray) => string;
}

export interface StoreKind {
  /** Of a location in such a store. */
  readonly scheme: RegExp;
  /** In LanceDB's text about such a store. */
  readonly sign: RegExp;
  /** A location. */
  readonly example: string;
  /** What the store calls the part of a location before the path. */
  readonly container: "bucket" | "container";
  /** Variables that name the endpoint, for LanceDB the same. */
  readonly endpointNames: readonly [string, ...string[]];
  /** The variable that permits an endpoint with http. */
  readonly allowHttp: string;
  /** What mends a host that is not found. */
  readonly hostNames: string;
  /** Variables of which each is a credential, or names one. */
  readonly credentialNames: readonly string[];
  /** What mends missing credentials. */
  readonly credentials: string;
  /** Where else credentials come from. */
  readonly machine: string;
  readonly faults: readonly Fault[];
}

const S3: StoreKind = {
  scheme: /^s3(?:\+ddb)?:/i,
  sign: /\bS3\b|\bAWS\b/,
  example: "s3://bucket/path",
  container: "bucket",
  endpointNames: ["AWS_ENDPOINT", "AWS_ENDPOINT_URL"],
  allowHttp: "AWS_ALLOW_HTTP",
  hostNames: "AWS_ENDPOINT or AWS_REGION",
  credentialNames: ["AWS_ACCESS_KEY_ID"],
  credentials: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
  machine: "a role",
  faults: [
    {
      sign: /Failed to get AWS credentials|CredentialsNotLoaded/,
      say: noCredentials,
    },
    {
      sign: /Failed to resolve region for bucket '([^']*)'/,
      say: (_at, _kind, [, bucket]) =>
        `the region of bucket ${bucket} was not found; set AWS_REGION, and AWS_ENDPOINT if the store is not Amazon's`,
    },
    {
      sign: /<Code>NoSuchBucket</,
      say: (at) =>
        `${at} has no such bucket; make the bucket, or correct TROUPE_DB, AWS_ENDPOINT or AWS_REGION`,
    },
    {
      sign: /<Code>InvalidAccessKeyId</,
      say: (at) => `${at} does not know the access key; correct AWS_ACCESS_KEY_ID or AWS_ENDPOINT`,
    },
    {
      sign: /<Code>SignatureDoesNotMatch</,
      say: (at) => `${at} refuses the signature; correct AWS_SECRET_ACCESS_KEY or AWS_REGION`,
    },
    {
      sign: /<Code>(?:ExpiredToken|InvalidToken)</,
      say: (at) => `${at} refuses the session token; renew AWS_SESSION_TOKEN and the key`,
    },
    {
      sign: /<Code>RequestTimeTooSkewed</,
      say: wrongClock,
    },
    {
      sign: /<Code>(?:AuthorizationHeaderMalformed|PermanentRedirect)<|BareRedirect/,
      say: (at) => `${at} says that the bucket is in another region; correct AWS_REGION`,
    },
    {
      sign: /<Code>AccessDenied<|status(?: code)?: 40[13]\b/,
      say: (at) =>
        `${at} denies access; give the key of AWS_ACCESS_KEY_ID the rights on the bucket, or correct TROUPE_DB`,
    },
  ],
};

const GOOGLE: StoreKind = {
  scheme: /^gs:/i,
  sign: /"GCS"|\bGCS error|reading pem file/,
  example: "gs://bucket/path",
  container: "bucket",
  endpointNames: ["GOOGLE_BASE_URL"],
  allowHttp: "GOOGLE_ALLOW_HTTP",
  hostNames: "GOOGLE_BASE_URL, or the network of this machine",
  credentialNames: [
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
  ],
  credentials: "set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account's key",
  machine: "a service account",
  faults: [
    {
      sign: /Unable to open service account file from ([^:\n]{1,300}):/,
      say: (_at, _kind, [, path]) =>
        `the key file ${path} cannot be read; correct GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT`,
    },
    {
      sign: /Unable to decode service account file|DecodeCredentials/,
      say: () =>
        "the service account's key is not the JSON that Google Cloud gives; correct GOOGLE_SERVICE_ACCOUNT_KEY, or the file that GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT names",
    },
    {
      sign: /reading pem file|Invalid RSA key|No RSA key found/,
      say: () =>
        "the private key in the service account's key is damaged; get the key from Google Cloud again",
    },
    {
      sign: /\/computeMetadata\//,
      say: noCredentials,
    },
    {
      sign: /TokenRequest.*inner: Status/s,
      say: (at) =>
        `${at} refuses the service account; get a new key for it, and check the clock of this machine`,
    },
    {
      sign: /<Code>NoSuchBucket</,
      say: (at) => `${at} has no such bucket; make the bucket, or correct TROUPE_DB`,
    },
    {
      sign: /<Code>(?:AccessDenied|AuthenticationRequired)<|status(?: code)?: 40[13]\b/,
      say: (at) =>
        `${at} denies access; give the service account the rights on the bucket, or correct TROUPE_DB`,
    },
  ],
};

const AZURE: StoreKind = {
  scheme: /^(?:az|abfss?|azure|adl):/i,
  sign: /"MicrosoftAzure"|\bMicrosoftAzure error|no Azure account/,
  example: "az://container/path",
  container: "container",
  endpointNames: ["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"],
  allowHttp: "AZURE_ALLOW_HTTP",
  hostNames: "AZURE_STORAGE_ACCOUNT_NAME or AZURE_STORAGE_ENDPOINT",
  credentialNames: [
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_CLIENT_SECRET",
    "AZURE_CLIENT_SECRET",
  ],
  credentials: "set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
  machine: "a managed identity",
  faults: [
    {
      sign: /no Azure account name|Account must be specified/,
      say: () => "the storage account is not named; set AZURE_STORAGE_ACCOUNT_NAME",
    },
    {
      sign: /Invalid Access Key/,
      say: () =>
        "the account key is not base64; correct AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_ACCESS_KEY",
    },
    {
      sign: /169\.254\.169\.254|\/metadata\/identity\//,
      say: noCredentials,
    },
    {
      sign: /TokenRequest.*inner: Status/s,
      say: (at) =>
        `${at} refuses the client; correct AZURE_TENANT_ID, AZURE_CLIENT_ID or AZURE_CLIENT_SECRET`,
    },
    {
      sign: /<Code>ContainerNotFound</,
      say: (at) =>
        `${at} has no such container; make the container, or correct TROUPE_DB or AZURE_STORAGE_ACCOUNT_NAME`,
    },
    {
      sign: /Request date header (?:too old|is)|RequestTimeTooSkewed/,
      say: wrongClock,
    },
    {
      sign: /<Code>(?:AuthenticationFailed|InvalidAuthenticationInfo|NoAuthenticationInformation)</,
      say: (at) =>
        `${at} refuses the key; correct AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN`,
    },
    {
      sign: /<Code>KeyBasedAuthenticationNotPermitted</,
      say: (at, { machine }) =>
        `${at} permits no account keys; set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give this machine ${machine}`,
    },
    {
      sign: /<Code>(?:Authorization\w*|InsufficientAccountPermissions|PublicAccessNotPermitted)<|status(?: code)?: 40[13]\b/,
      say: (at) =>
        `${at} denies access; give the identity the role Storage Blob Data Contributor on the container, check the account's firewall, or correct TROUPE_DB`,
    },
  ],
};

const KINDS: readonly StoreKind[] = [GOOGLE, AZURE, S3];

/** Undefined for a folder, and for a store of another kind. */
export function kindOfLocation(location: string): StoreKind | undefined {
  return KINDS.find(({ scheme }) => scheme.test(location));
}

/** Undefined if LanceDB's text is not about an object store. */
export function kindInText(text: string): StoreKind | undefined {
  return KINDS.find(({ sign }) => sign.test(text));
}

function noCredentials(_at: string, { credentials, machine }: StoreKind): string {
  return `no credentials were found; ${credentials}, or give this machine ${machine}`;
}

function wrongClock(at: string): string {
  return `this machine's clock differs too much from that of ${at}; set the clock`;
}
