import { type ApiClient, type ListItem, unwrap } from "./api.ts";
import { Notice, Pagination } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatNumber } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { listPacks, PackCards } from "./pricing.tsx";
import { Table } from "./table.tsx";
import { PageTitle } from "./ui/page-title.tsx";
import { Segmented } from "./ui/segmented.tsx";
import { Stat, Stats } from "./ui/stat.tsx";
import { Time } from "./ui/time.tsx";

type Grant = ListItem<ApiClient["api"]["credits"]["grants"]["$get"]>;
type Entry = ListItem<ApiClient["api"]["credits"]["ledger"]["$get"]>;

const PAGE_SIZE = "20";

/** The reason of a grant with its order, and whether it is frozen or was reversed. */
function GrantReason({ c, reason, saleId, frozen, voided }: Grant & { c: PageContext }) {
  const { credits: words } = c.var.words;
  return (
    <>
      {saleId === null ? (
        <bdi>{reason}</bdi>
      ) : (
        <a href={`/orders/${saleId}`}>
          <bdi>{reason}</bdi>
        </a>
      )}{" "}
      {frozen ? <span class="badge warn">{words.frozen}</span> : null}
      {voided > 0 ? <span class="badge bad">{words.back}</span> : null}
    </>
  );
}

/** Describes an entry: by its kind, or by the reason that was given. */
function describeEntry(c: PageContext, { kind, chat, description }: Entry): string {
  const { credits: words } = c.var.words;
  if (chat !== undefined) return words.chatWith(chat.model);
  // Only an admin takes credits: every other entry that lowers the balance is of a payment or chat.
  if (kind === "take") return c.var.words.shop.taken(description);
  return Object.entries(words.changes).find(([name]) => name === kind)?.[1] ?? description;
}

const VIEWS = ["ledger", "grants"] as const;

/** Formats an amount with its sign, since a list has both what came and what went. */
function Amount({ c, amount }: { c: PageContext; amount: number }) {
  const text = formatNumber(c, Math.abs(amount));
  return (
    <bdi dir="ltr" class={amount > 0 ? "amount-in" : undefined}>
      {`${amount > 0 ? "+" : "−"}${text}`}
    </bdi>
  );
}

async function Ledger({ c }: { c: PageContext }) {
  const { credits: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const query = { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const ledger = await unwrap(c.var.api.api.credits.ledger.$get({ query }));
  return (
    <>
      <Table
        rows={ledger.data}
        empty={words.none}
        columns={[
          {
            head: words.when,
            cell: ({ createdAt }) => (createdAt === null ? "" : <Time c={c} iso={createdAt} />),
          },
          { head: words.what, cell: (entry) => describeEntry(c, entry) },
          {
            head: words.amount,
            cell: ({ amount }) => <Amount c={c} amount={amount} />,
            isFigure: true,
          },
          {
            head: words.after,
            cell: ({ balanceAfter }) => formatNumber(c, balanceAfter),
            isFigure: true,
          },
        ]}
      />
      <Pagination c={c} cursor={cursor} nextCursor={ledger.nextCursor} />
    </>
  );
}

async function Grants({ c }: { c: PageContext }) {
  const { credits: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const query = { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const grants = await unwrap(c.var.api.api.credits.grants.$get({ query }));
  return (
    <>
      <Table
        rows={grants.data}
        empty={words.noGrants}
        columns={[
          {
            head: words.when,
            cell: ({ createdAt }) => (createdAt === null ? "" : <Time c={c} iso={createdAt} />),
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
              expiresAt === null ? words.never : <Time c={c} iso={expiresAt} />,
          },
        ]}
      />
      <Pagination c={c} cursor={cursor} nextCursor={grants.nextCursor} />
    </>
  );
}

/** The credits that can be spent, and those that are on hold, if any. */
function Balance({
  c,
  credits,
}: {
  c: PageContext;
  credits: { available: number; held: number; frozen: number };
}) {
  const { credits: words } = c.var.words;
  return (
    <Stats>
      <Stat
        label={words.available}
        value={formatNumber(c, Math.floor(credits.available * 100) / 100)}
        title={formatNumber(c, credits.available)}
      />
      {credits.held > 0 ? (
        <Stat label={words.onHold} value={formatNumber(c, credits.held)} note={words.onHoldNote} />
      ) : null}
      {credits.frozen > 0 ? (
        <Stat
          label={words.frozenAmount}
          value={formatNumber(c, credits.frozen)}
          note={words.frozenNote}
        />
      ) : null}
    </Stats>
  );
}

const viewHref = (name: string): string =>
  name === "ledger" ? "/credits" : `/credits?view=${name}`;

/**
 * `GET /credits?view=`: shows the balance, the packs on sale, and either the transactions or the
 * grants. The packs are open for a reader without credits, or by `#add`.
 */
export async function creditsPage(c: PageContext) {
  const { api } = c.var.api;
  const { credits: words } = c.var.words;
  const view = VIEWS.find((name) => name === c.req.query("view")) ?? "ledger";
  const [credits, plans] = await Promise.all([
    unwrap(api.credits.$get()),
    unwrap(api.plans.active.$get({ query: { limit: "100" } })),
  ]);
  const packs = listPacks(plans.data);
  return renderPage(c, {
    title: words.title,
    styles: ["/pricing.css", "/wallet.css"],
    children: (
      <>
        <PageTitle title={words.title} />
        {credits.available < 0 ? <Notice kind="warn">{words.debt}</Notice> : null}
        <Balance c={c} credits={credits} />
        {packs.length === 0 ? null : (
          <details open={c.req.query("next") !== undefined || credits.available <= 0}>
            <summary class="button">{words.add}</summary>
            <div id="add" class="packs">
              <PackCards c={c} packs={packs} />
            </div>
          </details>
        )}
        <Segmented
          label={words.view}
          options={VIEWS.map((name) => ({
            href: viewHref(name),
            text: words[name],
            current: name === view,
          }))}
        />
        {view === "ledger" ? <Ledger c={c} /> : <Grants c={c} />}
      </>
    ),
  });
}
