import type { ApiRefusal } from "./api.ts";
import type { PageContext } from "./context.ts";
import { WORDS } from "./words/index.ts";

/** Returns what a refusal says in the reader's language: by its code, as messages are English. */
export function refusalText(c: PageContext, { message, body: { code } }: ApiRefusal): string {
  const { refusals } = WORDS[c.var.language];
  if (refusals === null) return message;
  return Object.entries(refusals).find(([name]) => name === code)?.[1] ?? message;
}
