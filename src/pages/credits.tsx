import { type ApiClient, type ListItem, unwrap } from "./api.ts";
import { Pagination } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatNumber, formatTime } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { listPacks, PackCards } from "./pricing.tsx";
import { Table } from "./table.tsx";

type Entry = ListItem<ApiClient["api"]["credits"]["ledger"]["$get"]>;

const LEDGER_PAGE_SIZE = "20";
const GRANTS_PAGE_SIZE = "20";

/** The reason of a grant, and whether it is frozen or was reversed. */
function GrantReason({
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

/** Describes an entry: by its kind, or by the reason that was given. */
function describeEntry(c: PageContext, { kind, chat, description }: Entry): string {
  const { credits: words } = c.var.words;
  if (chat !== undefined) return words.chatWith(chat.model);
  return Object.entries(words.changes).find(([name]) => name === kind)?.[1] ?? description;
}

/**
 * `GET /credits`: shows the packs on sale, the ledger with the balance after each entry, and the
 * grants.
 */
export async function creditsPage(c: PageContext) {
  const { api } = c.var.api;
  const { credits: words, common } = c.var.words;
  const cursor = c.req.query("cursor");
  const [credits, ledger, grants, plans] = await Promise.all([
    unwrap(api.credits.$get()),
    unwrap(
      api.credits.ledger.$get({
        query: { limit: LEDGER_PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) },
      }),
    ),
    unwrap(api.credits.grants.$get({ query: { limit: GRANTS_PAGE_SIZE } })),
    unwrap(api.plans.active.$get({ query: { limit: "100" } })),
  ]);
  const packs = listPacks(plans.data);
  const amounts = [
    [words.available, credits.available],
    [words.held, Number((credits.held - credits.frozen).toFixed(6))],
    ...(credits.frozen > 0 ? [[words.frozenAmount, credits.frozen] as const] : []),
    [words.posted, credits.posted],
  ] as const;
  return renderPage(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.title}</h1>
        <div class="grid">
          {amounts.map(([name, amount]) => (
            <section class="card">
              <span class="muted">{name}</span>
              <span class="figure">{formatNumber(c, amount)}</span>
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
              cell: ({ createdAt }) => (createdAt === null ? "" : formatTime(c, createdAt)),
            },
            { head: words.what, cell: (entry) => describeEntry(c, entry) },
            { head: words.amount, cell: ({ amount }) => formatNumber(c, amount), isFigure: true },
            {
              head: words.balance,
              cell: ({ balanceAfter }) => formatNumber(c, balanceAfter),
              isFigure: true,
            },
          ]}
        />
        <Pagination c={c} cursor={cursor} nextCursor={ledger.nextCursor} />
        <h2>{words.grants}</h2>
        <Table
          rows={grants.data}
          empty={common.none}
          columns={[
            {
              head: words.when,
              cell: ({ createdAt }) => (createdAt === null ? "" : formatTime(c, createdAt)),
            },
            { head: words.what, cell: (grant) => <GrantReason c={c} {...grant} /> },
            {
              head: words.remaining,
              cell: ({ remaining }) => formatNumber(c, remaining),
              isFigure: true,
            },
            { head: words.of, cell: ({ amount }) => formatNumber(c, amount), isFigure: true },
            {
              head: words.expires,
              cell: ({ expiresAt }) =>
                expiresAt === null ? words.never : formatTime(c, expiresAt),
            },
          ]}
        />
      </>
    ),
  });
}
