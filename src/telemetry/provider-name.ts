/** Providers by OpenTelemetry's names, `gen_ai.provider.name`. Pure. */

/** Names that the conventions know, by ours or BAML's; any other is sent as it is. */
const wellKnown: Readonly<Record<string, string>> = {
  "google-ai": "gcp.gemini",
  "vertex-ai": "gcp.vertex_ai",
  "azure-openai": "azure.ai.openai",
  "aws-bedrock": "aws.bedrock",
  "openai-responses": "openai",
};

export function providerName(provider: string): string {
  return wellKnown[provider] ?? provider;
}
