import type { ApiClient, ListItem } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatMoney, formatNumber, isolate } from "../format.ts";

export type AuditEntry = ListItem<ApiClient["api"]["admin"]["audit"]["$get"]>;

/** Formats the credits or the money that an entry tells of; empty for one that tells of none. */
function formatFacts(c: PageContext, { after }: AuditEntry): string {
  const { credits, amountMinor, paidMinor, currency } = after ?? {};
  if (typeof credits === "number") return formatNumber(c, credits);
  const minor = typeof amountMinor === "number" ? amountMinor : paidMinor;
  return typeof minor === "number" && typeof currency === "string"
    ? formatMoney(c, minor, currency)
    : "";
}

/** Tells what an entry of the audit log is about, in one sentence. */
export function auditSentence(c: PageContext, entry: AuditEntry): string {
  const { log: words } = c.var.words.admin;
  const { actor, action, subject, subjectId, user } = entry;
  const systems = new Map([
    ["stripe", words.stripe],
    ["system", words.system],
  ]);
  const who = systems.get(actor.kind) ?? actor.email ?? actor.id ?? words.system;
  const what = subject ?? (action.startsWith("user.") ? user?.email : undefined) ?? subjectId;
  const sentence = words.sentences[action];
  return sentence === undefined
    ? `${isolate(what)}: ${action.replaceAll(/[._]/g, " ")}`
    : sentence({ who: isolate(who), what: isolate(what), amount: formatFacts(c, entry) });
}
