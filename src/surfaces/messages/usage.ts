import type { ReplyUsage } from "../../chat/index.ts";

/**
 * Shows what a reply is charged for in Anthropic's counts: tokens of a cache are beside the input,
 * and reasoning is within the output.
 * @param cost in credits
 */
export function showUsage(usage: ReplyUsage | null, cost: number) {
  const { input = 0, cachedInput = 0, cacheWriteInput = 0, output = 0 } = usage ?? {};
  const { reasoning = 0 } = usage ?? {};
  return {
    input_tokens: input - cachedInput - cacheWriteInput,
    cache_creation_input_tokens: cacheWriteInput,
    cache_read_input_tokens: cachedInput,
    output_tokens: output,
    output_tokens_details: reasoning === 0 ? null : { thinking_tokens: reasoning },
    server_tool_use: null,
    cost,
  };
}
