import type { ApiClient, SuccessBody } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatDay, formatMoney } from "../format.ts";
import { Customer } from "./report-shell.tsx";

type Attention = SuccessBody<ApiClient["api"]["admin"]["attention"]["$get"]>;

/** What the operator should look at: disputes first, since they have a deadline. */
export function AttentionCard({ c, attention }: { c: PageContext; attention: Attention }) {
  const { reports: words } = c.var.words;
  const { disputes, pastDue, failedEvents } = attention;
  const toDay = (iso: string): string => formatDay(c, iso.slice(0, 10));
  const isEmpty = disputes.length === 0 && pastDue.length === 0 && failedEvents === 0;
  return (
    <section class="card">
      <h2>{words.attention}</h2>
      {isEmpty ? (
        <p class="muted">{words.allClear}</p>
      ) : (
        <ul class="attention">
          {disputes.map(({ id, kind, user, amountMinor, currency, evidenceDueAt }) => {
            const text = words.dispute(formatMoney(c, amountMinor, currency));
            return (
              <li>
                <span>
                  {kind === "order" ? (
                    <a href={`/admin/orders/${encodeURIComponent(id)}`}>{text}</a>
                  ) : (
                    text
                  )}
                </span>
                <Customer c={c} user={user} />
                <span class="badge bad">
                  {evidenceDueAt === null
                    ? words.noDeadline
                    : words.respondBy(toDay(evidenceDueAt))}
                </span>
              </li>
            );
          })}
          {pastDue.map(({ user, since }) => (
            <li>
              <span>{words.pastDue}</span>
              <Customer c={c} user={user} />
              <span class="badge warn">{words.since(toDay(since))}</span>
            </li>
          ))}
          {failedEvents === 0 ? null : (
            <li>
              <a href="/admin/events?status=failed">{words.failedEvents(failedEvents)}</a>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
