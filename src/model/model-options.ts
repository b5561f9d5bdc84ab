/**
 * The options of a model in `models.json`. Most go into the request as they are. BAML checks some itself, and
 * refuses the source of all models if one of them is wrong, so these are checked when the file is read.
 */

import Type, { type Static, type TSchema } from "typebox";

const texts = Type.Record(Type.String(), Type.String());
const list = Type.Array(Type.String({ minLength: 1 }), { minItems: 1 });

const MediaHandling = Type.Enum([
  "send_base64",
  "send_url",
  "send_url_add_mime_type",
  "send_base64_unless_google_url",
]);

const checked = {
  headers: texts,
  query_params: texts,
  allowed_roles: list,
  default_role: Type.String(),
  remap_roles: texts,
  allowed_role_metadata: Type.Union([Type.Enum(["all", "none"]), list]),
  supports_streaming: Type.Boolean(),
  media_url_handler: Type.Object(
    {
      image: Type.Optional(MediaHandling),
      audio: Type.Optional(MediaHandling),
      pdf: Type.Optional(MediaHandling),
      video: Type.Optional(MediaHandling),
    },
    { additionalProperties: false },
  ),
  client_response_type: Type.Enum([
    "openai",
    "openai-responses",
    "openai-transcription",
    "anthropic",
    "google",
    "vertex",
  ]),
} satisfies Record<string, TSchema>;

const Checked = Type.Partial(Type.Object(checked, { additionalProperties: Type.Unknown() }));

export const ModelOptions = Type.Unsafe<Static<typeof Checked> & Record<string, unknown>>(Checked);
