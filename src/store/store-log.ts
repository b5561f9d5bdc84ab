/** The store's interface to a log: pino's loggers fit. */

export interface StoreLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** For callers without a log, tests among them. */
export const silentLog: StoreLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};
