/** The names of the built-in BAML functions. Pure. */

import { functionNames } from "../../../baml_client/by-name.js";

export const builtInFunctions: readonly string[] = functionNames;
