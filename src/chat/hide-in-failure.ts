import type { Config } from "../config.ts";
import type { Failure } from "../errors.ts";
import { log } from "../log.ts";

/** A model, the upstream that was asked and its name of it, and the settings that have it. */
interface Served {
  readonly config: Pick<Config, "UPSTREAMS">;
  readonly model: {
    readonly id: string;
    readonly upstream: string;
    readonly upstreamModel: string;
  };
}

/** Addresses and ids, which lead to a vendor whatever it is called. */
const TRACES = [
  "https?:",
  "\\bwww\\.",
  "\\b[\\w-]+\\.(?:ai|app|ca|cloud|cn|co|com|dev|eu|io|net|org)\\b",
  "\\b(?:acct|gen|org|proj|req|request)[-_](?=\\w*\\d)\\w+",
];

/** Vendors, and the software that serves models. */
const VENDORS = `
  openai chatgpt azure microsoft anthropic bedrock amazon aws google vertex gemini groq grok x\\.?ai
  openrouter deepseek mistral(?:ai)? ollama vllm sglang llama\\.cpp lmstudio litellm portkey
  together\\.?ai fireworks perplexity cohere cloudflare moonshot kimi qwen alibaba dashscope zhipu
  bigmodel minimax baidu qianfan cerebras sambanova nvidia hugging[_-]?face deepinfra hyperbolic
  novita nebius anyscale baseten databricks watsonx ai21 siliconflow volcengine
`;

/** Labels of hosts, and names of upstreams, that are everyday words. */
const EVERYDAY =
  /^(?:.{1,2}|api|chat|default|gateway|inference|local|localhost|main|models?|proxy)$/;

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");

/** Returns the words by which the operator's settings name a vendor. */
function namesOf({ config, model: { upstream } }: Served): string[] {
  const host = URL.parse(config.UPSTREAMS[upstream]?.baseUrl ?? "")?.hostname ?? "";
  const labels = host.split(".").slice(0, -1);
  return [upstream, ...labels].filter((each) => !EVERYDAY.test(each)).map(escape);
}

/** Returns whether words name a vendor. */
function namesVendor(words: string, served: Served): boolean {
  const vendors = [...VENDORS.trim().split(/\s+/), ...namesOf(served)].join("|");
  const named = new RegExp(`(?<![a-z0-9])(?:${vendors})(?![a-z0-9])`, "i");
  return named.test(words) || new RegExp(TRACES.join("|"), "i").test(words);
}

/**
 * Returns the refusal of a chat without the name of its vendor. The vendor's words stay where they
 * name nobody, with the model's name as the client knows it. Otherwise they are logged for the
 * operator.
 */
export function hideInFailure(failure: Failure, served: Served): Failure {
  const { code, param, vendorCode } = failure;
  if (code === "misconfigured") {
    log.error("upstream.misconfigured", {
      upstream: served.model.upstream,
      message: failure.message,
    });
    return { code, message: "This model isn't set up yet. Contact support." };
  }
  if (code !== "invalid_request") return failure;
  const { id, upstreamModel } = served.model;
  const message = failure.message.replaceAll(upstreamModel, id);
  const isNamed = (words: string | undefined) =>
    words !== undefined && namesVendor(words.replaceAll(id, ""), served);
  const shown = {
    ...failure,
    message,
    param: isNamed(param) ? undefined : param,
    vendorCode: isNamed(vendorCode) ? undefined : vendorCode,
  };
  if (!isNamed(message)) return shown;
  log.warn("upstream.refused", { body: failure.message.slice(0, 500) });
  const isTooLong = vendorCode === "context_length_exceeded";
  return {
    ...shown,
    message: isTooLong
      ? "The request has more tokens than the model's context length allows."
      : "The model provider rejected the request.",
  };
}
