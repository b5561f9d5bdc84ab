/** The built-in BAML functions and their parameters. Pure. */

import { functionParameters } from "../../../baml_client/by-name.js";
import type { FunctionParameters } from "./function-parameters.ts";

export const builtInParameters: FunctionParameters = functionParameters;

export const builtInFunctions: readonly string[] = Object.keys(builtInParameters);
