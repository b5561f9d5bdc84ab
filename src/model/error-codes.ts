/** The registry of error codes. */

/** A code's HTTP status, and one sentence for the docs. */
interface ErrorKind {
  readonly status: number;
  readonly meaning: string;
  /** True if a retry may succeed: an action that fails with it is retried. */
  readonly isTransient?: true;
}

/** A code is `SUBJECT_PROBLEM` and is never reused for something else. docs/errors.md lists them. */
export const errorCodes = {
  ACTION_BEGUN: {
    status: 409,
    meaning: "the action has already started or ended, so it cannot be withdrawn",
  },
  ACTION_DUPLICATE: { status: 409, meaning: "an earlier action has this id" },
  ACTION_EXHAUSTED: { status: 500, meaning: "every attempt at the action failed; it is buried" },
  ACTION_MALFORMED: { status: 400, meaning: "the row or its payload does not fit the action" },
  ACTION_NOT_FOUND: { status: 404, meaning: "no action has this id" },
  ACTION_UNKNOWN: { status: 400, meaning: "no action has this name" },
  ACTION_WITHDRAWN: { status: 200, meaning: "a note: who or what withdrew the action, and why" },
  ADDRESS_UNAVAILABLE: { status: 500, meaning: "the server cannot listen on this address" },
  AGENT_ADDON_REFUSED: {
    status: 400,
    meaning: "an agent's module loads a native add-on, which `TROUPE_AGENT_ADDONS` does not allow",
  },
  AGENT_CONFIG_INVALID: {
    status: 400,
    meaning: "the agent's type refuses this config, or a mask in it has no stored value",
  },
  AGENT_DIFFERS: {
    status: 200,
    meaning: "a note: the agent exists already, with another type or config",
  },
  AGENT_EXITED: { status: 500, meaning: "the agent's thread ended without a request to stop" },
  AGENT_HAS_NO_THREAD: {
    status: 409,
    meaning: "the agent rests, waits for a thread or has ended, so it has no thread to inspect",
  },
  AGENT_ID_INVALID: { status: 400, meaning: "the agent id is missing or is not a valid id" },
  AGENT_LIMIT: { status: 503, meaning: "the machine has no room for another agent" },
  AGENT_MODULE_BROKEN: { status: 400, meaning: "a module of user agents cannot be used" },
  AGENT_NOT_RUNNING: { status: 409, meaning: "the agent's status does not allow the action" },
  AGENT_OUT_OF_MEMORY: {
    status: 500,
    meaning: "the agent used more memory than its budget, or most of what the machine has",
  },
  AGENT_PAUSED_BY_FAILURES: {
    status: 503,
    meaning:
      "the agent paused itself because its model calls kept failing, or its steps could not be stored",
  },
  AGENT_REPORT_INVALID: {
    status: 500,
    meaning: "the agent reported something that cannot be stored",
  },
  AGENT_RESTARTS_EXHAUSTED: {
    status: 500,
    meaning: "the agent failed more often than its restart limits allow",
  },
  AGENT_START_FAILED: { status: 500, meaning: "the agent failed before its first step" },
  AGENT_START_STOPPED: { status: 409, meaning: "the agent was destroyed before it had started" },
  AGENT_START_TIMEOUT: { status: 504, meaning: "the agent's setup did not end in time" },
  AGENT_STEP_FAILED: { status: 500, meaning: "the agent's step threw" },
  AGENT_STOP_FAILED: { status: 500, meaning: "the agent's onStop threw" },
  AGENT_STOPPED: { status: 200, meaning: "a note: how the agent ended, and after how long" },
  AGENT_TYPE_UNKNOWN: { status: 404, meaning: "no agent type has this name" },
  AGENT_UNKNOWN: { status: 404, meaning: "no agent has this id" },
  AGENT_UNRESPONSIVE: {
    status: 504,
    meaning: "the agent's event loop did not turn within its `unresponsive_timeout_ms`",
  },
  CURSOR_INVALID: { status: 400, meaning: "the cursor is not from an earlier page of this list" },
  DATABASE_LOCKED: { status: 409, meaning: "another process runs the agents of this database" },
  DATABASE_LOST: { status: 409, meaning: "another process has taken over this database" },
  DATABASE_NEWER: { status: 409, meaning: "a newer Troupe has written this database" },
  DATABASE_NOT_FOUND: { status: 404, meaning: "no database was found at this location" },
  DATABASE_UNUSABLE: { status: 500, meaning: "the database folder cannot be opened or read" },
  EFFECT_KEY_IN_USE: {
    status: 409,
    meaning: "`ctx.once` was called with a key whose function is running",
  },
  EFFECT_LIMIT: {
    status: 429,
    meaning: "the turn has as many effects, or as much of their results, as are kept",
  },
  EFFECT_NOT_FOUND: { status: 404, meaning: "no effect has this id" },
  EFFECT_SETTLED: {
    status: 409,
    meaning: "the outcome of the effect is not unknown, so it cannot be resolved",
  },
  EFFECT_UNKNOWN: {
    status: 409,
    meaning: "the agent paused itself: nobody knows whether an effect of its step took place",
  },
  EFFECT_VALUE_INVALID: {
    status: 500,
    meaning: "the function of `ctx.once` has run, and its result cannot be kept",
  },
  FLEET_CLOSED: { status: 409, meaning: "this program has closed the fleet that it uses" },
  FLEET_INVALID: { status: 400, meaning: "the file `fleet.json` has an error" },
  GUIDANCE_INVALID: { status: 400, meaning: "the agent's type refuses this guidance" },
  GUIDANCE_LIMIT: { status: 409, meaning: "too much guidance is waiting for the agent" },
  HOST_FORBIDDEN: {
    status: 403,
    meaning: "this server does not serve the request's `Host`",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    meaning: "this `Idempotency-Key` was already used for a different request",
  },
  INTERNAL: {
    status: 500,
    meaning: "an error in Troupe itself; the log has the stack",
    isTransient: true,
  },
  INSPECTION_BUSY: {
    status: 409,
    meaning: "a profile or a heap summary of the agent is already being taken",
  },
  INSPECTION_FAILED: { status: 502, meaning: "V8 refused to inspect the agent's thread" },
  INSPECTION_LIMIT: {
    status: 429,
    meaning: "no more profiles and heap summaries can be taken at the same time",
  },
  INSPECTION_TIMEOUT: {
    status: 504,
    meaning: "the agent's thread did not answer in time: it is in a call that is not JavaScript",
  },
  INSPECTION_TOO_LARGE: {
    status: 413,
    meaning: "the profile, or the heap to be summarized, is larger than the limit",
  },
  JOURNAL_DAMAGED: {
    status: 500,
    meaning: "the journal in `TROUPE_LOCAL` is damaged, or the file is not a journal",
  },
  JOURNAL_MISMATCH: {
    status: 409,
    meaning: "the journal in `TROUPE_LOCAL` has actions or effects of another database",
  },
  LEASES_UNAVAILABLE: {
    status: 503,
    meaning: "etcd or Kubernetes, which has the leases, does not answer as needed",
  },
  LLM_ABORTED: { status: 499, meaning: "the model call was aborted" },
  LLM_ANSWER_INVALID: { status: 502, meaning: "the model's answer was cut off or not understood" },
  LLM_ANSWER_TOO_LARGE: { status: 502, meaning: "the model's answer is larger than 16 MiB" },
  LLM_ARGUMENTS_INVALID: { status: 400, meaning: "the BAML function cannot take these arguments" },
  LLM_FUNCTION_UNKNOWN: { status: 400, meaning: "no BAML function has this name" },
  LLM_LIMIT: { status: 429, meaning: "too many model calls are waiting" },
  LLM_MODEL_UNKNOWN: { status: 400, meaning: "no model has this name" },
  LLM_RATE_LIMITED: { status: 429, meaning: "the model's provider answered 429" },
  LLM_REFUSED: { status: 502, meaning: "the model's provider refused the request" },
  LLM_RUNTIME_BROKEN: {
    status: 503,
    meaning: "BAML, which calls the models, cannot be loaded; the log has the cause",
  },
  LLM_TIMEOUT: { status: 504, meaning: "the model did not answer in time" },
  LLM_UNAVAILABLE: { status: 503, meaning: "the model's provider failed or could not be reached" },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, meaning: "the body must be `application/json`" },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: "this address has other methods, which the header Allow lists",
  },
  MODELS_INVALID: { status: 400, meaning: "the file of models has an error" },
  ORIGIN_FORBIDDEN: { status: 403, meaning: "the request comes from a page of another origin" },
  PROGRAM_INCOMPLETE: {
    status: 503,
    meaning: "a file of Troupe is missing; agents get no threads until it is back",
  },
  PROMPT_INVALID: { status: 400, meaning: "a file of your own BAML functions cannot be used" },
  RECORD_INVALID: { status: 500, meaning: "the database cannot store this record" },
  REQUEST_HEADERS_TOO_LARGE: {
    status: 431,
    meaning: "the request's headers are too large",
  },
  REQUEST_INVALID: { status: 400, meaning: "the request does not fit the route" },
  REQUEST_TIMEOUT: { status: 408, meaning: "the request did not arrive in time" },
  REQUEST_TOO_LARGE: { status: 413, meaning: "the request's body is too large for the route" },
  ROUTE_UNKNOWN: { status: 404, meaning: "there is nothing at this address" },
  RUNTIME_TOO_OLD: { status: 500, meaning: "this Node is older than the one Troupe needs" },
  SAFE_MODE: {
    status: 503,
    meaning: "a note: the process died too often, so the agent came back paused",
  },
  SERVER_NOT_READY: { status: 503, meaning: "the server is starting or shutting down" },
  SERVER_UNKNOWN: { status: 502, meaning: "the server at this address is not Troupe" },
  SERVER_UNREACHABLE: {
    status: 503,
    meaning: "no server is running, or none answers at this address",
  },
  SERVER_URL_INVALID: { status: 400, meaning: "this is not the address of a server" },
  SETTING_INVALID: { status: 400, meaning: "a setting has an invalid value" },
  SETTING_UNKNOWN: { status: 400, meaning: "a setting has an unknown name" },
  SETTINGS_NEED_RESTART: {
    status: 200,
    meaning: "a note: changed settings that take effect at the next start",
  },
  SHARD_MISDIRECTED: {
    status: 421,
    meaning: "the agent is in another shard of the fleet, which `details` names",
  },
  SHARD_MISMATCH: {
    status: 409,
    meaning: "this database belongs to another shard than the settings name, or to none",
  },
  STEP_NOT_FOUND: {
    status: 404,
    meaning: "the agent's step has not ended, or its context is no longer kept",
  },
  STEP_TIMEOUT: {
    status: 504,
    meaning: "the agent's step did not end within the `step_timeout_ms` of its type",
  },
  STEP_TIME_INVALID: {
    status: 422,
    meaning: "the requested time is empty, or has more than 2,000 buckets",
  },
  STORE_UNAVAILABLE: {
    status: 503,
    meaning: "the database did not accept a commit",
    isTransient: true,
  },
  STREAM_LIMIT: { status: 503, meaning: "too many clients are connected to event streams" },
  SYSTEM_UNUSABLE: {
    status: 500,
    meaning: "the machine or the container lacks something that every start needs",
  },
  TOKEN_FILE_UNUSABLE: {
    status: 500,
    meaning: "the file that keeps the token cannot be made, read or trusted",
  },
  TOKEN_REQUIRED: { status: 401, meaning: "the request carries no valid token" },
  UPGRADE_REQUIRED: { status: 426, meaning: "this endpoint accepts WebSocket connections only" },
  WAIT_TIMEOUT: { status: 504, meaning: "the action did not end within the requested wait" },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCodes;

/** True if a retry may succeed: an action that fails with this code is retried. */
export function isTransient(code: ErrorCode): boolean {
  const kind: ErrorKind = errorCodes[code];
  return kind.isTransient === true;
}

/** True for codes of this registry. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
