/**
 * Apache Arrow, in the copy that LanceDB itself uses. An import would load the package's other build, for
 * modules, at each start: as many files again, and LanceDB would convert all schemas and batches of ours.
 */

import { createRequire } from "node:module";
import type * as Arrow from "apache-arrow";

const arrow: typeof Arrow = createRequire(import.meta.url)("apache-arrow");

export const { Bool, DataType, Field, Int32, Int64, Schema, Struct, Utf8 } = arrow;
export const { makeData, RecordBatch, Table } = arrow;

export type Data = Arrow.Data;
export type DataType = Arrow.DataType;
export type Field = Arrow.Field;
export type RecordBatch = Arrow.RecordBatch;
export type Schema = Arrow.Schema;
export type Table = Arrow.Table;
