import { formatError } from "../db.ts";
import { SECOND_MS } from "../time.ts";
import { CHAT_ENDPOINTS } from "./call-upstream.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { hideKeys, type Upstream } from "./keys.ts";
import { readText } from "./read-text.ts";
import { parseVendorErrorText } from "./vendor-error.ts";

/** What a probe may cost. Fewer tokens are refused by models that think first. */
const TOKENS_MAX = 16;
const TIMEOUT_MS = 20 * SECOND_MS;
const BYTES_MAX = 16_384;
const MESSAGE_CHARACTERS_MAX = 300;

const MESSAGES = [{ role: "user", content: "Say: ok" }];

/** How a few words are asked for in each dialect, and what a reply in it has. */
const PROBES: Readonly<
  Record<
    Dialect,
    {
      readonly form: string;
      readonly body: (upstream: Upstream) => object;
      readonly isReply: RegExp;
    }
  >
> = {
  chat: {
    form: "OpenAI's form",
    body: ({ maxTokensField }) => ({ messages: MESSAGES, [maxTokensField]: TOKENS_MAX }),
    isReply: /"choices"\s*:/,
  },
  messages: {
    form: "the form of Anthropic's Messages API",
    body: () => ({ messages: MESSAGES, max_tokens: TOKENS_MAX }),
    isReply: /"stop_reason"\s*:/,
  },
  responses: {
    form: "the form of OpenAI's Responses API",
    body: () => ({ input: "Say: ok", max_output_tokens: TOKENS_MAX, store: false }),
    isReply: /"output"\s*:/,
  },
};

/**
 * Asks an upstream for a reply of a few tokens in its dialect, to see that its address, key and
 * model are right.
 * @param model the vendor's name of it
 * @returns null where it replied; otherwise the vendor's own words, without the key
 */
export async function probeUpstream(upstream: Upstream, model: string): Promise<string | null> {
  const { baseUrl, apiKey, dialect } = upstream;
  const { form, body, isReply } = PROBES[dialect];
  const { path, showKey } = CHAT_ENDPOINTS[dialect];
  const hide = (text: string): string => hideKeys(text, upstream).slice(0, MESSAGE_CHARACTERS_MAX);
  try {
    const response = await fetch(`${baseUrl}${path}`, {
      method: "POST",
      headers: { ...showKey(apiKey), "content-type": "application/json" },
      body: JSON.stringify({ model, ...body(upstream) }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readText(response, BYTES_MAX);
    if (response.ok && isReply.test(text)) return null;
    const { message, code } = parseVendorErrorText(text);
    const words = [code, message].filter((one) => one !== null).join(": ");
    return hide(`${response.status} ${words === "" ? `without a reply in ${form}` : words}`);
  } catch (error) {
    return hide(formatError(error));
  }
}
