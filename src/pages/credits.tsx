import { said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { figure, moment } from "./format.ts";
import { Pages, Table } from "./parts.tsx";
import { PackCards, soldPacks } from "./pricing.tsx";
import { show } from "./shell.tsx";

const LINES = "20";
const GRANTS = "20";

/** Why a grant was given, and what became of it. */
function Origin({
  c,
  reason,
  frozen,
  voided,
}: {
  c: PageContext;
  reason: string;
  frozen: boolean;
  voided: number;
}) {
  const { credits: words } = c.var.words;
  return (
    <>
      {reason} {frozen ? <span class="badge warn">{words.frozen}</span> : null}
      {voided > 0 ? <span class="badge bad">{words.back}</span> : null}
    </>
  );
}

/**
 * `/credits`: packs, every line of the ledger with the balance after it, and where the credits come
 * from.
 */
export async function creditsPage(c: PageContext) {
  const { api } = c.var.api;
  const { credits: words, common } = c.var.words;
  const cursor = c.req.query("cursor");
  const [credits, ledger, grants, plans] = await Promise.all([
    said(api.credits.$get()),
    said(
      api.credits.ledger.$get({
        query: { limit: LINES, ...(cursor === undefined ? {} : { cursor }) },
      }),
    ),
    said(api.credits.grants.$get({ query: { limit: GRANTS } })),
    said(api.plans.active.$get({ query: { limit: "100" } })),
  ]);
  const packs = soldPacks(plans.data);
  const amounts = [
    [words.available, credits.available],
    [words.held, credits.held],
    [words.posted, credits.posted],
  ] as const;
  return show(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.title}</h1>
        <div class="grid">
          {amounts.map(([name, amount]) => (
            <section class="card">
              <span class="muted">{name}</span>
              <span class="figure">{figure(c, amount)}</span>
            </section>
          ))}
        </div>
        {packs.length === 0 ? null : (
          <>
            <h2>{words.packs}</h2>
            <PackCards c={c} packs={packs} />
          </>
        )}
        <h2>{words.ledger}</h2>
        <Table
          rows={ledger.data}
          empty={common.none}
          columns={[
            {
              head: words.when,
              cell: ({ createdAt }) => (createdAt === null ? "" : moment(c, createdAt)),
            },
            { head: words.what, cell: ({ description }) => description },
            { head: words.amount, cell: ({ amount }) => figure(c, amount), isFigure: true },
            {
              head: words.balance,
              cell: ({ balanceAfter }) => figure(c, balanceAfter),
              isFigure: true,
            },
          ]}
        />
        <Pages c={c} cursor={cursor} nextCursor={ledger.nextCursor} />
        <h2>{words.grants}</h2>
        <Table
          rows={grants.data}
          empty={common.none}
          columns={[
            {
              head: words.when,
              cell: ({ createdAt }) => (createdAt === null ? "" : moment(c, createdAt)),
            },
            { head: words.what, cell: (grant) => <Origin c={c} {...grant} /> },
            {
              head: words.remaining,
              cell: ({ remaining }) => figure(c, remaining),
              isFigure: true,
            },
            { head: words.of, cell: ({ amount }) => figure(c, amount), isFigure: true },
            {
              head: words.expires,
              cell: ({ expiresAt }) => (expiresAt === null ? words.never : moment(c, expiresAt)),
            },
          ]}
        />
      </>
    ),
  });
}
