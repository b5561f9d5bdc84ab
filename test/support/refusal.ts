import { TroupeError } from "../../src/model/errors.ts";

/** The code with which it was refused. */
export async function refusal(refused: Promise<unknown>): Promise<string> {
  return await refused.then(
    () => "not refused",
    (error: unknown) => (error instanceof TroupeError ? error.code : String(error)),
  );
}
