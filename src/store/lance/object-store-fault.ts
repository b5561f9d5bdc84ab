/**
 * Why a request to an object store failed, in plain words and with what helps, from LanceDB's text.
 * That text is nested Rust of some 800 characters. Pure; contains no values of keys.
 *
 * Rejected: a request of our own to the store before LanceDB's, which needs signatures and finds credentials in
 * other places; fewer retries for LanceDB, whose own take 5 s at most for a connection that is refused.
 */

import { type Fault, kindInText, kindOfLocation } from "./object-store-kinds.ts";

/** Of every kind of store; those of the store's own kind come first. */
const FAULTS: readonly Fault[] = [
  {
    sign: /URL did not match any known pattern/,
    say: (_, { container, example }) =>
      `the URI has no ${container}; TROUPE_DB must be a URI such as ${example}`,
  },
  {
    sign: /BadScheme/,
    say: (at, { allowHttp, endpointNames: [endpoint] }) =>
      `${at} is not https; set ${allowHttp}=true, or correct ${endpoint}`,
  },
  {
    sign: /ConnectionRefused|Connection refused/,
    say: (at, { endpointNames: [endpoint] }) =>
      `${at} refused the connection; start the store, or correct ${endpoint}`,
  },
  {
    sign: /dns error/,
    say: (at, { hostNames }) => `the host of ${at} was not found; correct ${hostNames}`,
  },
  {
    sign: /InvalidMessage\(InvalidContentType\)|received corrupt message/,
    say: (at, { endpointNames: [endpoint] }) =>
      `${at} does not speak TLS; ${endpoint} must start with http://`,
  },
  {
    sign: /invalid peer certificate|InvalidCertificate/,
    say: (at) => `the certificate of ${at} is not trusted; install its authority on this machine`,
  },
  {
    sign: /kind: Timeout|TimedOut|operation timed out/,
    say: (at, { endpointNames: [endpoint] }) =>
      `${at} does not answer; check the store and ${endpoint}`,
  },
  {
    sign: /status(?: code)?: (\d{3})/,
    say: (at, { endpointNames: [endpoint] }, { 1: status, input }) => {
      const [, code = ""] = /<Code>(\w{1,64})</.exec(input) ?? [];
      const answer = code === "" ? status : `${status} ${code}`;
      return `${at} answered ${answer}; check the store and ${endpoint}`;
    },
  },
  {
    sign: /HttpError|HTTP error|error sending request/,
    say: (at, { endpointNames: [endpoint] }) =>
      `${at} cannot be reached; check the store and ${endpoint}`,
  },
];

/** Undefined if the text is not about an object store. */
export function explainStoreFault(text: string): string | undefined {
  const [, scheme] = /No object store provider found for scheme: '([^']*)'/.exec(text) ?? [];
  if (scheme !== undefined) {
    return `there is no object store with the scheme ${scheme}://; TROUPE_DB must be a folder, or a URI such as s3://bucket/path`;
  }
  const kind = kindInText(text);
  if (kind === undefined) return undefined;
  for (const { sign, say } of [...kind.faults, ...FAULTS]) {
    const match = sign.exec(text);
    if (match !== null) return say(endpointIn(text), kind, match);
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

type Variables = Readonly<Record<string, string>>;

/** What is wrong with the endpoint that the variables name. LanceDB panics on one that is not a URL. */
export function endpointFault(location: string, storage: Variables): string | undefined {
  for (const name of kindOfLocation(location)?.endpointNames ?? []) {
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
export function unansweredFault(location: string, storage: Variables, ms: number): string {
  const seconds = `${ms / 1_000} s`;
  const kind = kindOfLocation(location);
  if (kind === undefined) return `it did not answer within ${seconds}; check the store`;
  const [url = ""] = kind.endpointNames.map((name) => storage[name]).filter((given) => given);
  const late = `${originOf(url)} did not answer within ${seconds}; check the store and ${kind.endpointNames[0]}`;
  if (kind.credentialNames.some((name) => storage[name] !== undefined)) return late;
  return `${late}, or ${kind.credentials} if this machine does not have ${kind.machine}`;
}
