import type { ApiRefusal } from "./api.ts";
import type { PageContext } from "./context.ts";
import { formatNumber } from "./format.ts";
import { formatRelativeTime } from "./relative-time.ts";
import { WORDS } from "./words/index.ts";
import type { RefusalFacts, RefusalText } from "./words/refusal-words.ts";

type Body = ApiRefusal["body"];

/** Returns the limit that is used up, with its unit; null where something of it is left. */
function usedUpText(c: PageContext, { meter, limit, used }: Body): string | null {
  const { counted } = c.var.words.pricing;
  const format = new Map(Object.entries(counted)).get(meter ?? "");
  if (format === undefined || limit == null || used == null || used < limit) return null;
  return format(limit);
}

function factsOf(c: PageContext, message: string, body: Body): RefusalFacts {
  const details = new Map(Object.entries(body.details ?? {}));
  const nowMs = Date.now();
  const waitSeconds = details.get("retryAfterSeconds");
  return {
    message,
    detail: (name) => {
      const value = details.get(name);
      if (value === undefined) return null;
      return typeof value === "number" ? formatNumber(c, value) : value;
    },
    usedUp: usedUpText(c, body),
    resets: body.resetsAt == null ? null : formatRelativeTime(c, Date.parse(body.resetsAt), nowMs),
    retry:
      typeof waitSeconds === "number"
        ? formatRelativeTime(c, nowMs + waitSeconds * 1000, nowMs)
        : null,
  };
}

/** Returns the wire's message without the name of its field, beside which it stands. */
function withoutField(message: string, param: string | null | undefined): string {
  const start = `${param}: `;
  if (param == null || !message.startsWith(start)) return message;
  const rest = message.slice(start.length);
  return `${rest.charAt(0).toUpperCase()}${rest.slice(1)}${rest.endsWith(".") ? "" : "."}`;
}

/**
 * Returns what a refusal says in the reader's language: from the rule that a field breaks, from
 * code and param, or from its code, and from what it carries. Its message is for programs.
 */
export function refusalText(c: PageContext, { message, body }: ApiRefusal): string {
  const { code, param, details } = body;
  const { rules, texts } = WORDS[c.var.language].refusals;
  const facts = factsOf(c, message, body);
  const byRule: ReadonlyMap<string, RefusalText | undefined> = new Map(Object.entries(rules));
  const byCode: ReadonlyMap<string, RefusalText | undefined> = new Map(Object.entries(texts));
  const candidates = [
    byRule.get(String(details?.["rule"])),
    byCode.get(`${code}.${param}`),
    byCode.get(code),
  ];
  for (const text of candidates) {
    const said = typeof text === "function" ? text(facts) : text;
    if (said != null) return said;
  }
  return withoutField(message, param);
}
