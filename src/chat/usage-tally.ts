import { countsPrompt, countsReply, isPromptField } from "./vendor-usage.ts";

type Json = Readonly<Record<string, unknown>>;

const pick = (usage: Json | undefined, isWanted: (name: string) => boolean): Json =>
  Object.fromEntries(Object.entries(usage ?? {}).filter(([name]) => isWanted(name)));

/**
 * The count of a stream, whose vendor may send several, each side in another frame (Anthropic), or
 * zeros after what it counted. Of each side the last that counts something is the one. A count of
 * the reply from midway does not cover the text that follows; one of the prompt stays.
 */
export class UsageTally {
  #prompt: Json | undefined;
  #reply: Json | undefined;

  /** Adds a part of the stream: its text, and its usage, which covers the text. */
  add(text: string, usage: Json | undefined): void {
    if (text !== "") this.#reply = undefined;
    if (usage === undefined) return;
    if (countsPrompt(usage) || this.#prompt === undefined) this.#prompt = usage;
    if (countsReply(usage) || this.#reply === undefined) this.#reply = usage;
  }

  /** The usage so far, in the vendor's names; undefined where nothing is counted. */
  get usage(): Json | undefined {
    const prompt = this.#prompt;
    const reply = this.#reply;
    if (prompt === reply) return prompt;
    return { ...pick(prompt, isPromptField), ...pick(reply, (name) => !isPromptField(name)) };
  }

  /** Returns what the usage would be with one more part. */
  with(text: string, usage: Json | undefined): Json | undefined {
    const next = new UsageTally();
    next.#prompt = this.#prompt;
    next.#reply = this.#reply;
    next.add(text, usage);
    return next.usage;
  }
}

/** Adds a count of the prompt that came before a stream to the stream's own, which is preferred. */
export function withPromptUsage(
  usage: Json | undefined,
  promptUsage: Json | undefined,
): Json | undefined {
  if (promptUsage === undefined || countsPrompt(usage)) return usage;
  const tally = new UsageTally();
  tally.add("", promptUsage);
  return tally.with("", usage);
}
