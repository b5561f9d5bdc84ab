/**
 * Why a request to an object store failed, in plain words and with what mends it, from LanceDB's text.
 * That text is nested Rust of some 800 characters. Pure; contains no values of keys.
 *
 * Rejected: an own request to the store before LanceDB's, which needs signatures and finds credentials in
 * other places; fewer retries for LanceDB, whose own take 5 s at most for a connection that is refused.
 */

interface Fault {
  /** In LanceDB's text. */
  readonly sign: RegExp;
  /** @param at the endpoint; `match` is that of the sign */
  readonly say: (at: string, match: RegExpExecArray) => string;
}

/** The first one that fits counts. */
const FAULTS: readonly Fault[] = [
  {
    sign: /No object store provider found for scheme: '([^']*)'/,
    say: (_, [, scheme]) =>
      `there is no object store with the scheme ${scheme}://; TROUPE_DB must be a folder, or a URI such as s3://bucket/path`,
  },
  {
    sign: /URL did not match any known pattern/,
    say: () => "the URI has no bucket; TROUPE_DB must be a URI such as s3://bucket/path",
  },
  {
    sign: /Failed to get AWS credentials|CredentialsNotLoaded/,
    say: () =>
      "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role",
  },
  {
    sign: /Failed to resolve region for bucket '([^']*)'/,
    say: (_, [, bucket]) =>
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
    say: (at) => `this machine's clock differs too much from that of ${at}; set the clock`,
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
  {
    sign: /BadScheme/,
    say: (at) => `${at} is not https; set AWS_ALLOW_HTTP=true, or correct AWS_ENDPOINT`,
  },
  {
    sign: /ConnectionRefused|Connection refused/,
    say: (at) => `${at} refused the connection; start the store, or correct AWS_ENDPOINT`,
  },
  {
    sign: /dns error/,
    say: (at) => `the host of ${at} was not found; correct AWS_ENDPOINT or AWS_REGION`,
  },
  {
    sign: /InvalidMessage\(InvalidContentType\)|received corrupt message/,
    say: (at) => `${at} does not speak TLS; AWS_ENDPOINT must start with http://`,
  },
  {
    sign: /invalid peer certificate|InvalidCertificate/,
    say: (at) => `the certificate of ${at} is not trusted; install its authority on this machine`,
  },
  {
    sign: /kind: Timeout|TimedOut|operation timed out/,
    say: (at) => `${at} does not answer; check the store and AWS_ENDPOINT`,
  },
  {
    sign: /status(?: code)?: (\d{3})/,
    say: (at, { 1: status, input }) => {
      const [, code = ""] = /<Code>(\w{1,64})</.exec(input) ?? [];
      const answer = code === "" ? status : `${status} ${code}`;
      return `${at} answered ${answer}; check the store and AWS_ENDPOINT`;
    },
  },
  {
    sign: /HttpError|HTTP error|error sending request/,
    say: (at) => `${at} cannot be reached; check the store and AWS_ENDPOINT`,
  },
];

/** Undefined if the text is not about an object store that speaks S3. */
export function explainStoreFault(text: string): string | undefined {
  if (!/\bS3\b|\bAWS\b|No object store provider/.test(text)) return undefined;
  for (const { sign, say } of FAULTS) {
    const match = sign.exec(text);
    if (match !== null) return say(endpointIn(text), match);
  }
  return undefined;
}

function endpointIn(text: string): string {
  const [, url = ""] =
    /(?:uri: Some\(|Error performing \w+ )(https?:\/\/[^\s)?]+)/.exec(text) ?? [];
  return originOf(url);
}

/** Without a name and a password, which a URL may have. */
function originOf(url: string): string {
  const place = URL.parse(url);
  return place === null ? "the object store" : `${place.protocol}//${place.host}`;
}

/** Variables that name the endpoint, for LanceDB the same. */
const ENDPOINT_NAMES = ["AWS_ENDPOINT", "AWS_ENDPOINT_URL"] as const;

type Variables = Readonly<Record<string, string>>;

/** What is wrong with the endpoint that the variables name. LanceDB panics on one that is not a URL. */
export function endpointFault(storage: Variables): string | undefined {
  for (const name of ENDPOINT_NAMES) {
    const given = storage[name];
    if (given === undefined || isAddress(given)) continue;
    // A URL may have a password.
    const got = given.includes("@") ? "another text" : JSON.stringify(given);
    return `${name} must be a URL such as https://store.example.com, got ${got}`;
  }
  return undefined;
}

function isAddress(text: string): boolean {
  return /^https?:\/\/[^/]/.test(text) && URL.canParse(text);
}

/** A store that takes requests and answers none. */
export function unansweredFault(storage: Variables, ms: number): string {
  const [url = ""] = ENDPOINT_NAMES.map((name) => storage[name]).filter((given) => given);
  const late = `${originOf(url)} did not answer within ${ms / 1_000} s; check the store and AWS_ENDPOINT`;
  if (storage["AWS_ACCESS_KEY_ID"] !== undefined) return late;
  return `${late}, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY if this machine has no role`;
}
