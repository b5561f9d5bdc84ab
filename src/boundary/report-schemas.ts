/** What each report of an agent's thread must be. Main side only; loads the schema library. */

import { MessagePort } from "node:worker_threads";
import Type from "typebox";
import { Compile } from "typebox/compile";
import {
  EFFECT_KEY_CHARS_MAX,
  EFFECT_VALUE_BYTES_MAX,
  effectStates,
} from "../model/effect-states.ts";
import { ErrorData } from "../model/error-data.ts";
import {
  CONTEXT_BYTES_MAX,
  GUIDANCE_ENTRIES_MAX,
  LOG_MESSAGE_CHARS_MAX,
  MODEL_CHARS_MAX,
  PROGRESS_CHARS_MAX,
  SUBJECT_CHARS_MAX,
  TIME_MS_MAX,
} from "../model/limits.ts";
import { orNull } from "../model/schema-parts.ts";
import { stepStatuses } from "../model/step-status.ts";
import type { Report } from "./protocol.ts";

/** Codes with which a thread may refuse a command; others would have a meaning to the dispatcher. */
const refusalCodes = ["GUIDANCE_INVALID", "GUIDANCE_LIMIT", "INTERNAL"] as const;
/** Longest name of a BAML function or of a model, in characters. */
const NAME_CHARS_MAX = 256;

const closed = { additionalProperties: false } as const;
/** No more than a column holds: 1e300 is a whole number, too. */
const Serial = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Time = Type.Number({ minimum: 0, maximum: TIME_MS_MAX });
const DueTime = Type.Integer({ minimum: 0, maximum: TIME_MS_MAX });
const Subject = orNull(Type.String({ maxLength: SUBJECT_CHARS_MAX }));
const Fields = Type.Record(Type.String(), Type.Unknown());
const ActionIds = Type.Array(Type.String(), { maxItems: GUIDANCE_ENTRIES_MAX });
const Port = Type.Refine(Type.Unknown(), (value) => value instanceof MessagePort);

const Usage = Type.Object(
  {
    model: orNull(Type.String({ maxLength: MODEL_CHARS_MAX })),
    input_tokens: orNull(Serial),
    output_tokens: orNull(Serial),
  },
  closed,
);

const Iteration = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Ordinal = Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 });
const ValueJson = orNull(Type.String({ maxLength: EFFECT_VALUE_BYTES_MAX }));
const Calls = Type.Array(
  Type.Object(
    {
      call: Serial,
      valueJson: ValueJson,
      error: orNull(ErrorData),
      usage: orNull(Usage),
      startedAt: Time,
      endedAt: Time,
    },
    closed,
  ),
);

const Step = Type.Object(
  {
    kind: Type.Literal("step"),
    iteration: Iteration,
    status: Type.Enum([...stepStatuses]),
    subject: Subject,
    result: orNull(Type.String()),
    error: orNull(ErrorData),
    usage: orNull(Usage),
    startedAt: Time,
    endedAt: Time,
    contextJson: orNull(Type.String({ maxLength: CONTEXT_BYTES_MAX })),
    currentSubject: Subject,
    guidanceUsed: ActionIds,
    guidanceFailed: Type.Optional(ActionIds),
    isDone: Type.Optional(Type.Boolean()),
    next: orNull(Type.Union([DueTime, Type.Literal("guidance")])),
    calls: Type.Optional(Calls),
  },
  closed,
);

const Taken = Type.Object(
  { kind: Type.Literal("taken"), iteration: Iteration, guidance: ActionIds },
  closed,
);

const EndedCalls = Type.Object({ kind: Type.Literal("calls"), nth: Ordinal, calls: Calls }, closed);

const EffectKey = Type.String({ minLength: 1, maxLength: EFFECT_KEY_CHARS_MAX });
const Effect = Type.Object(
  {
    kind: Type.Literal("effect"),
    nth: Ordinal,
    effect: Serial,
    iteration: Iteration,
    turn: Serial,
    key: EffectKey,
    state: Type.Enum([...effectStates]),
    valueJson: ValueJson,
    error: orNull(ErrorData),
    startedAt: Time,
    endedAt: orNull(Time),
  },
  closed,
);

const Recall = Type.Object({ kind: Type.Literal("recall"), key: orNull(EffectKey) }, closed);
const Ask = Type.Object(
  {
    kind: Type.Literal("ask"),
    effect: Type.Union([Type.String({ maxLength: NAME_CHARS_MAX }), Serial]),
  },
  closed,
);

const Progress = Type.Object(
  {
    kind: Type.Literal("progress"),
    iteration: Serial,
    text: Type.String({ maxLength: PROGRESS_CHARS_MAX }),
    fraction: orNull(Type.Number({ minimum: 0, maximum: 1 })),
    at: Time,
  },
  closed,
);

const Llm = Type.Object(
  {
    kind: Type.Literal("llm"),
    request: Type.Object(
      {
        function: Type.String({ minLength: 1, maxLength: NAME_CHARS_MAX }),
        args: Fields,
        wantsPartials: Type.Boolean(),
        model: Type.Optional(Type.String({ maxLength: NAME_CHARS_MAX })),
      },
      closed,
    ),
    port: Port,
    call: Serial,
    iteration: orNull(Iteration),
    isFresh: Type.Boolean(),
  },
  closed,
);

const Log = Type.Object(
  {
    kind: Type.Literal("log"),
    level: Type.Union(
      (["debug", "info", "warn", "error"] as const).map((level) => Type.Literal(level)),
    ),
    message: Type.String({ maxLength: LOG_MESSAGE_CHARS_MAX }),
    fields: Type.Optional(Fields),
  },
  closed,
);

const phases = ["load", "config", "setup", "interrupt", "step", "stop"] as const;
const Failed = Type.Object(
  {
    kind: Type.Literal("failed"),
    phase: Type.Union(phases.map((phase) => Type.Literal(phase))),
    error: ErrorData,
  },
  closed,
);

const Ended = Type.Object(
  {
    kind: Type.Literal("ended"),
    reason: Type.Enum(["stopped", "finished", "rested"]),
  },
  closed,
);

const Answer = Type.Object({ kind: Type.Literal("answer"), message: Type.Unknown() }, closed);
/** Of a command, by a thread. */
export const refusal = Compile(
  Type.Intersect([ErrorData, Type.Object({ code: Type.Enum([...refusalCodes]) })]),
);

export const validators = {
  answer: Compile(Answer),
  ready: Compile(Type.Object({ kind: Type.Literal("ready") }, closed)),
  settled: Compile(Type.Object({ kind: Type.Literal("settled"), desiredVersion: Serial }, closed)),
  taken: Compile(Taken),
  step: Compile(Step),
  progress: Compile(Progress),
  llm: Compile(Llm),
  calls: Compile(EndedCalls),
  effect: Compile(Effect),
  recall: Compile(Recall),
  ask: Compile(Ask),
  log: Compile(Log),
  ended: Compile(Ended),
  failed: Compile(Failed),
} as const satisfies Record<Report["kind"], unknown>;
