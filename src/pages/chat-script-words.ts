import type { Words } from "./words/index.ts";

/** Returns the texts that the script needs. It replaces each `{name}` by a value. */
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
