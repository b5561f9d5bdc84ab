/** The limits of the server. */

export interface ServerLimits {
  /** Bytes of the body of a request for one action. */
  readonly bodyBytesMax: number;
  /** Bytes of the body of `POST /api/actions`: 10,000 actions of more than 1 KiB each. */
  readonly bulkBytesMax: number;
  /** Bytes of a request's line and headers together. */
  readonly headerBytesMax: number;
  /** Milliseconds for a request's headers to arrive. */
  readonly headersMs: number;
  /** Milliseconds for a whole request to arrive. */
  readonly requestMs: number;
  /** Milliseconds between two checks for late requests. */
  readonly checkMs: number;
  /** Milliseconds that a connection may be idle between two requests. */
  readonly keepAliveMs: number;
  /** Milliseconds without a byte in either direction; longer than the longest `Prefer: wait`. */
  readonly silenceMs: number;
  /** Connections at the same time; an idle one is closed for a further one. */
  readonly connectionsMax: number;
  /** Milliseconds for answers under way when the server closes. */
  readonly closeMs: number;
  /** Longest `Prefer: wait`, in seconds. */
  readonly waitSecondsMax: number;
  /** Answers that wait for an action's end, at most half of the connections; a further one does not wait. */
  readonly waitersMax: number;
}

export const SERVER_LIMITS: ServerLimits = {
  bodyBytesMax: 1024 * 1024,
  bulkBytesMax: 16 * 1024 * 1024,
  headerBytesMax: 16 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  checkMs: 1_000,
  keepAliveMs: 72_000,
  silenceMs: 150_000,
  connectionsMax: 10_000,
  closeMs: 3_000,
  waitSecondsMax: 120,
  waitersMax: 5_000,
};
