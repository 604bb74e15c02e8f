import { foldName } from "./fold-name.ts";

/**
 * The fields that one kind of object of a request may have. All that cost nothing beyond their
 * tokens are known; the rest is refused, since nobody knows what a vendor's next field costs.
 */
export interface FieldRules {
  readonly known: ReadonlySet<string>;
  /** The known fields by their folded names: see fold-name.ts. */
  readonly byFoldedName: ReadonlyMap<string, string>;
}

const rules = (names: string): FieldRules => {
  const known = names.trim().split(/\s+/);
  return {
    known: new Set(known),
    byFoldedName: new Map(known.map((name) => [foldName(name), name])),
  };
};

/**
 * The request itself. First OpenAI's fields
 * (https://platform.openai.com/docs/api-reference/chat/create), then other vendors' of how tokens
 * are chosen, and of reasoning, whose tokens are counted as output. Last Farebox's own.
 */
export const REQUEST = rules(`
  audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens
  max_tokens messages metadata modalities model n parallel_tool_calls prediction presence_penalty
  prompt_cache_key prompt_cache_retention reasoning_effort response_format safety_identifier seed
  service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p
  user verbosity web_search_options

  bad_words do_sample dynatemp_exponent dynatemp_range epsilon_cutoff eta_cutoff ignore_eos
  include_stop_str_in_output length_penalty min_p min_tokens mirostat mirostat_eta mirostat_mode
  mirostat_tau no_repeat_ngram_size random_seed repetition_penalty safe_prompt session_id
  skip_special_tokens spaces_between_special_tokens stop_token_ids tfs_z top_a top_k tool_stream
  transforms typical_p

  chat_template_kwargs disable_reasoning enable_thinking include_reasoning preserve_thinking
  reasoning reasoning_format reasoning_split thinking thinking_budget

  usage
`);

/** A message: OpenAI's fields, what clients send back of a reply, and the start of a reply. */
export const MESSAGE = rules(`
  role content name refusal tool_calls tool_call_id function_call annotations
  reasoning reasoning_content reasoning_details reasoning_opaque reasoning_text thinking
  thinking_blocks signature extra_content provider_specific_fields
  prefix partial
`);

/** The parts of a message's content, by their type. */
export const PARTS: ReadonlyMap<string, FieldRules> = new Map([
  ["text", rules("type text annotations")],
  ["input_text", rules("type text")],
  ["refusal", rules("type refusal")],
  ["image_url", rules("type image_url")],
  ["thinking", rules("type thinking signature closed")],
  ["redacted_thinking", rules("type data")],
]);

/** The picture of a part. */
export const IMAGE = rules("url detail format");

export const TOOL = rules("type function custom");
export const TOOL_FUNCTION = rules("name description parameters strict");
/** A custom tool (https://platform.openai.com/docs/guides/function-calling#custom-tools). */
export const TOOL_CUSTOM = rules("name description format");

export const STREAM_OPTIONS = rules("include_usage include_obfuscation continuous_usage_stats");

/** Variables of a model's own chat template. Others might be parameters of the code around it. */
export const TEMPLATE_VARIABLES = rules(`
  clear_thinking enable_thinking preserve_thinking reasoning_effort thinking thinking_budget
  thinking_mode
`);
