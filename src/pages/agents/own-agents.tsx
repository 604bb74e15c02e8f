import { type ApiClient, type ListItem, unwrap } from "../api.ts";
import { Empty, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatMoney, formatTime } from "../format.ts";
import { renderPage } from "../layout.tsx";
import { Table } from "../table.tsx";
import { PageTitle } from "../ui/page-title.tsx";
import { Avatar, chatPath, formatLicensePrice } from "./agent-components.tsx";

type OwnAgent = ListItem<ApiClient["api"]["agents"]["$get"]>;
type LicensedAgent = ListItem<ApiClient["api"]["agents"]["licensed"]["$get"]>;
type AgentSale = ListItem<ApiClient["api"]["agents"]["earnings"]["$get"]>;

const PAGE_SIZE = "24";
const LICENSED_PREVIEW_SIZE = "6";
const SALES_PAGE_SIZE = "20";

function AgentCard({ c, agent }: { c: PageContext; agent: OwnAgent }) {
  const { agents: words } = c.var.words;
  const isListed = agent.visibility === "listed";
  return (
    <article class="card">
      <div class="spread">
        <h2>
          <Avatar agent={agent} />
          <a href={`/agents/${agent.id}`}>{agent.name}</a>
        </h2>
        <span class={`badge ${isListed ? "good" : ""}`}>{words.visibility[agent.visibility]}</span>
      </div>
      <p class="muted clip">{agent.description}</p>
      <p class="small">
        {isListed ? (
          <>
            <bdi>{formatLicensePrice(c, agent)}</bdi> · <bdi>{words.users(agent.popularity)}</bdi>
          </>
        ) : (
          agent.model
        )}
      </p>
      <div class="row">
        <a class="button" href={chatPath(agent.id)}>
          {words.talk}
        </a>
        <a class="button plain" href={`/agents/${agent.id}/edit`}>
          {words.editShort}
        </a>
      </div>
    </article>
  );
}

/** Cards of the agents that the reader bought. */
function LicensedAgents({ c, agents }: { c: PageContext; agents: readonly LicensedAgent[] }) {
  const { agents: words } = c.var.words;
  return (
    <div class="grid">
      {agents.map((agent) => (
        <article class="card">
          <h2>
            <Avatar agent={agent} />
            <a href={`/agents/${agent.id}`}>{agent.name}</a>
          </h2>
          <p class="muted clip">{agent.description}</p>
          <div class="row">
            <a class="button" href={chatPath(agent.id)}>
              {words.talk}
            </a>
          </div>
        </article>
      ))}
    </div>
  );
}

/** A table of sales with their earnings. */
function EarningsTable({ c, sales }: { c: PageContext; sales: readonly AgentSale[] }) {
  const { agents: words } = c.var.words;
  return (
    <Table
      rows={sales}
      empty={words.noEarnings}
      columns={[
        { head: words.sold, cell: ({ soldAt }) => formatTime(c, soldAt) },
        { head: words.agent, cell: ({ title }) => title },
        {
          head: words.paid,
          cell: ({ paidMinor, currency }) => formatMoney(c, paidMinor, currency),
          isFigure: true,
        },
        {
          head: words.yours,
          cell: ({ earnedMinor, currency }) => formatMoney(c, earnedMinor, currency),
          isFigure: true,
        },
      ]}
    />
  );
}

/** `GET /agents`: shows the reader's own agents, the agents they bought, and their earnings. */
export async function ownAgentsPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const { api } = c.var.api;
  const hasMarketplace = c.var.ctx.config.MARKETPLACE;
  const cursor = c.req.query("cursor");
  const [agents, licensed, earnings] = await Promise.all([
    unwrap(
      api.agents.$get({ query: { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) } }),
    ),
    unwrap(api.agents.licensed.$get({ query: { limit: LICENSED_PREVIEW_SIZE } })),
    unwrap(api.agents.earnings.$get({ query: { limit: SALES_PAGE_SIZE } })),
  ]);
  return renderPage(c, {
    title: words.title,
    children: (
      <>
        <PageTitle
          title={words.title}
          lead={hasMarketplace ? words.lead : words.leadPrivate}
          actions={
            <a class="button" href="/agents/new">
              {words.create}
            </a>
          }
        />
        {agents.data.length === 0 ? (
          <Empty>
            <p>{words.none}</p>
            <p class="muted">{words.noneHint}</p>
          </Empty>
        ) : null}
        <div class="grid">
          {agents.data.map((agent) => (
            <AgentCard c={c} agent={agent} />
          ))}
        </div>
        <Pagination c={c} cursor={cursor} nextCursor={agents.nextCursor} />
        {licensed.data.length === 0 ? null : (
          <>
            <h2>
              <a href="/agents/licensed">{words.licensed}</a>
            </h2>
            <LicensedAgents c={c} agents={licensed.data} />
          </>
        )}
        {hasMarketplace || earnings.data.length > 0 ? (
          <>
            <h2>
              <a href="/agents/earnings">{words.earnings}</a>
            </h2>
            <p class="muted">{words.earningsHint}</p>
            <EarningsTable c={c} sales={earnings.data} />
          </>
        ) : null}
      </>
    ),
  });
}

/** `GET /agents/licensed`: shows all agents that the reader bought, page by page. */
export async function licensedPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const query = { limit: PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const { data, nextCursor } = await unwrap(c.var.api.api.agents.licensed.$get({ query }));
  return renderPage(c, {
    title: words.licensed,
    children: (
      <>
        <PageTitle title={words.licensed} />
        {data.length === 0 ? <Empty>{words.noneBought}</Empty> : null}
        <LicensedAgents c={c} agents={data} />
        <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
      </>
    ),
  });
}

/** `GET /agents/earnings`: shows all sales of the reader's agents, page by page. */
export async function earningsPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const query = { limit: SALES_PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) };
  const { data, nextCursor } = await unwrap(c.var.api.api.agents.earnings.$get({ query }));
  return renderPage(c, {
    title: words.earnings,
    children: (
      <>
        <PageTitle title={words.earnings} lead={words.earningsHint} />
        <EarningsTable c={c} sales={data} />
        <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
      </>
    ),
  });
}
