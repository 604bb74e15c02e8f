import { z } from "zod";
import { unwrap } from "./api.ts";
import { Field, Pagination } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatNumber, formatTime } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { Table } from "./table.tsx";

const ENDINGS = ["complete", "client_gone", "upstream_failed", "expired"] as const;
const FILTERS = ["model", "key", "ending", "from", "to", "cursor"] as const;

/** The answer of the route, whose type is lost because it may also answer in CSV. */
const chatsPage = z.object({
  nextCursor: z.string().nullable(),
  data: z.array(
    z.object({
      createdAt: z.string(),
      model: z.string(),
      key: z.object({ name: z.string().nullable() }).nullable(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      estimated: z.boolean(),
      cost: z.number(),
      payer: z.string().nullable(),
      latencyMs: z.number().nullable(),
      ending: z.enum(ENDINGS),
    }),
  ),
});

/** Returns the filters of the page's address, without the empty ones. */
function readActivityFilters(c: PageContext): Record<string, string> {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = c.req.query(name);
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

function Ending({
  c,
  ending,
  estimated,
}: {
  c: PageContext;
  ending: (typeof ENDINGS)[number];
  estimated: boolean;
}) {
  const { activity: words } = c.var.words;
  return (
    <>
      {ending === "complete" ? (
        words.endings.complete
      ) : (
        <span class="badge warn">{words.endings[ending]}</span>
      )}
      {estimated ? <span class="badge">{words.estimated}</span> : null}
    </>
  );
}

/** `GET /activity?model=&key=&ending=&from=&to=`: shows the reader's chats, a row each. */
export async function activityPage(c: PageContext) {
  const { activity: words } = c.var.words;
  const filters = readActivityFilters(c);
  const { data, nextCursor } = chatsPage.parse(
    await unwrap(c.var.api.api.usage.chats.$get({ query: { limit: "25", ...filters } })),
  );
  const { cursor, ...others } = filters;
  const csv = `/api/usage/chats?${new URLSearchParams({ ...others, format: "csv" }).toString()}`;
  const formatCost = (credits: number, payer: string | null): string =>
    payer === "allowance"
      ? words.plan
      : payer === "overage"
        ? words.overage
        : formatNumber(c, credits);
  return renderPage(c, {
    title: words.title,
    width: "wide",
    children: (
      <>
        <h1>{words.title}</h1>
        <form method="get" class="row">
          <Field name="model" label={words.model} value={others["model"]} />
          <Field name="from" label={words.from} type="date" value={others["from"]} />
          <Field name="to" label={words.to} type="date" value={others["to"]} />
          <div class="field">
            <label for="ending">{words.ending}</label>
            <select id="ending" name="ending">
              <option value="">{words.any}</option>
              {ENDINGS.map((ending) => (
                <option value={ending} selected={others["ending"] === ending}>
                  {words.endings[ending]}
                </option>
              ))}
            </select>
          </div>
          <button type="submit">{words.filter}</button>
          <a class="button plain" href={csv} download="chats.csv">
            {words.csv}
          </a>
        </form>
        <Table
          rows={data}
          empty={words.none}
          columns={[
            { head: words.when, cell: ({ createdAt }) => formatTime(c, createdAt) },
            { head: words.model, cell: ({ model }) => model },
            { head: words.key, cell: ({ key }) => key?.name ?? words.page },
            {
              head: words.tokens,
              cell: ({ inputTokens, outputTokens }) =>
                `${formatNumber(c, inputTokens)} / ${formatNumber(c, outputTokens)}`,
              isFigure: true,
            },
            { head: words.cost, cell: (chat) => formatCost(chat.cost, chat.payer), isFigure: true },
            {
              head: words.latency,
              cell: ({ latencyMs }) =>
                latencyMs === null ? "" : `${formatNumber(c, latencyMs / 1000)} s`,
              isFigure: true,
            },
            {
              head: words.ending,
              cell: ({ ending, estimated }) => (
                <Ending c={c} ending={ending} estimated={estimated} />
              ),
            },
          ]}
        />
        <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
      </>
    ),
  });
}
