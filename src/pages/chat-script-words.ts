import type { Words } from "./words/index.ts";

/** The words that the script needs, where `{name}` stands for what it puts in. */
export const chatScriptWords = ({
  tokens,
  cost,
  available,
  used,
  resets,
  statuses,
  problems,
  writing,
  stopped,
}: Words["chat"]) => ({
  tokens: tokens("{input}", "{output}"),
  cost: cost("{credits}"),
  available: available("{credits}"),
  used: used("{used}", "{limit}"),
  resets: resets("{when}"),
  statuses,
  problems,
  writing,
  stopped,
});
