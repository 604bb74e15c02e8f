import { Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatNumber } from "../format.ts";
import { stripeHref } from "../stripe-href.ts";
import { Table } from "../table.tsx";
import { Progress } from "../ui/progress.tsx";
import { Stat, Stats } from "../ui/stat.tsx";
import { Time } from "../ui/time.tsx";
import { RowMenu } from "./row-menu.tsx";
import { subscriptionStatus } from "./subscription.tsx";
import type { Grant, User } from "./user-data.ts";

/** A user's plan and balance, and when they were seen and paid first. */
export function UserStats({ c, user }: { c: PageContext; user: User }) {
  const { customer: words } = c.var.words.admin;
  const credits = user.account?.credits;
  return (
    <Stats>
      <Stat
        label={words.plan}
        value={<bdi>{user.plan.name}</bdi>}
        note={user.assignedPlanId === null ? null : words.customPlan}
      />
      {credits === undefined ? null : (
        <Stat
          label={words.balance}
          value={formatNumber(c, credits.available)}
          note={credits.held === 0 ? null : words.onHold(formatNumber(c, credits.held))}
        />
      )}
      <Stat
        label={words.firstPaid}
        value={user.firstPaidAt === null ? words.noPayment : <Time c={c} iso={user.firstPaidAt} />}
      />
      <Stat
        label={words.lastSeen}
        value={user.lastSeenAt === null ? words.never : <Time c={c} iso={user.lastSeenAt} />}
      />
    </Stats>
  );
}

/** What a user has used of their plan. */
export function PlanUsage({ c, user }: { c: PageContext; user: User }) {
  const { admin, common, pricing } = c.var.words;
  const { customer: words } = admin;
  if (user.account === null) return <Notice kind="warn">{words.noAccount}</Notice>;
  const names: ReadonlyMap<string, string> = new Map(Object.entries(pricing.meters));
  const meters = Object.entries(user.account.meters);
  return (
    <section class="card">
      <h2>{words.usage}</h2>
      {meters.length === 0 ? <p class="muted">{words.noUsage}</p> : null}
      <dl class="facts">
        {meters.map(([meter, usage]) => {
          if (usage === undefined) return null;
          const { used, limit } = usage;
          const name = names.get(meter) ?? meter;
          const text =
            limit === null
              ? common.unlimited(formatNumber(c, used))
              : common.of(formatNumber(c, used), formatNumber(c, limit));
          return (
            <div>
              <dt>{name}</dt>
              <dd>
                {text}
                {limit === null || limit === 0 ? null : (
                  <Progress label={name} value={used} max={limit} />
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

/** A table of a user's subscriptions, or nothing where there are none. */
export function SubscriptionTable({ c, user }: { c: PageContext; user: User }) {
  const { customer: words, lists, status } = c.var.words.admin;
  if (user.subscriptions.length === 0) return null;
  return (
    <>
      <h2>{words.subscriptions}</h2>
      <Table
        fits
        rows={user.subscriptions}
        columns={[
          {
            head: words.plan,
            cell: ({ id, planName }) => (
              <a href={`/admin/subscriptions/${id}`}>
                <bdi>{planName}</bdi>
              </a>
            ),
            isRowHead: true,
          },
          { head: status, cell: (one) => subscriptionStatus(c, one.status) },
          {
            head: words.renews,
            cell: ({ currentPeriodEnd, endedAt, cancelAtPeriodEnd }) => (
              <>
                <Time c={c} iso={endedAt ?? currentPeriodEnd} />{" "}
                {cancelAtPeriodEnd && endedAt === null ? (
                  <span class="badge warn">{words.endsThen}</span>
                ) : null}
              </>
            ),
          },
          {
            head: lists.more,
            isHeadHidden: true,
            cell: ({ id }) => <RowMenu c={c} ids={[id]} stripe={stripeHref(c, id)} />,
          },
        ]}
      />
    </>
  );
}

/** A table of a user's grants of credits. */
export function GrantTable({ c, grants }: { c: PageContext; grants: readonly Grant[] }) {
  const { admin, common, credits } = c.var.words;
  const { customer: words } = admin;
  return (
    <Table
      fits
      rows={grants}
      empty={common.none}
      columns={[
        {
          head: words.source,
          cell: ({ reason, frozen, voided }) => (
            <>
              <bdi>{reason}</bdi> {frozen ? <span class="badge warn">{credits.frozen}</span> : null}
              {voided > 0 ? <span class="badge bad">{credits.back}</span> : null}
            </>
          ),
          isRowHead: true,
        },
        {
          head: words.remaining,
          cell: ({ remaining }) => formatNumber(c, remaining),
          isFigure: true,
        },
        { head: words.original, cell: ({ amount }) => formatNumber(c, amount), isFigure: true },
        {
          head: words.expires,
          cell: ({ expiresAt }) =>
            expiresAt === null ? words.never : <Time c={c} iso={expiresAt} />,
          isMinor: true,
        },
        {
          head: words.grantedAt,
          cell: ({ createdAt }) => (createdAt === null ? null : <Time c={c} iso={createdAt} />),
          isMinor: true,
        },
      ]}
    />
  );
}
