import { formatError } from "../db.ts";
import { SECOND_MS } from "../time.ts";
import { hideKeys, type Upstream } from "./keys.ts";
import { readText } from "./read-text.ts";
import { parseVendorErrorText } from "./vendor-error.ts";

/** What a probe may cost. Fewer tokens are refused by models that think first. */
const TOKENS_MAX = 16;
const TIMEOUT_MS = 20 * SECOND_MS;
const BYTES_MAX = 16_384;
const MESSAGE_CHARACTERS_MAX = 300;

/**
 * Asks an upstream for a reply of a few tokens, to see that its address, key and model are right.
 * @param model the vendor's name of it
 * @returns null where it replied; otherwise the vendor's own words, without the key
 */
export async function probeUpstream(upstream: Upstream, model: string): Promise<string | null> {
  const { baseUrl, apiKey, maxTokensField } = upstream;
  const hide = (text: string): string => hideKeys(text, upstream).slice(0, MESSAGE_CHARACTERS_MAX);
  try {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({
        model,
        messages: [{ role: "user", content: "Say: ok" }],
        [maxTokensField]: TOKENS_MAX,
      }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readText(response, BYTES_MAX);
    if (response.ok && /"choices"\s*:/.test(text)) return null;
    const { message, code } = parseVendorErrorText(text);
    const words = [code, message].filter((one) => one !== null).join(": ");
    return hide(`${response.status} ${words === "" ? "without a reply in OpenAI's form" : words}`);
  } catch (error) {
    return hide(formatError(error));
  }
}
