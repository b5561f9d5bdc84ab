/** What the store needs of a log: pino's loggers fit. */

export interface StoreLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** For those who do not listen, tests among them. */
export const silentLog: StoreLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
};
