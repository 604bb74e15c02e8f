import type { InferResponseType } from "hono/client";
import { type ApiClient, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { moment, money } from "../format.ts";
import { Empty, Pages } from "../parts.tsx";
import { show } from "../shell.tsx";
import { Avatar, priceOf, talkPath } from "./agent-parts.tsx";

type Good<T> = Extract<T, { data: unknown }>;
type Own = Good<InferResponseType<ApiClient["api"]["agents"]["$get"]>>["data"][number];
type Bought = Good<
  InferResponseType<ApiClient["api"]["agents"]["licensed"]["$get"]>
>["data"][number];
type Sale = Good<InferResponseType<ApiClient["api"]["agents"]["earnings"]["$get"]>>["data"][number];

const SHOWN = "24";
const BOUGHT = "6";
const SALES = "20";

function Card({ c, agent }: { c: PageContext; agent: Own }) {
  const { agents: words } = c.var.words;
  const listed = agent.visibility === "listed";
  return (
    <article class="card">
      <div class="spread">
        <h2>
          <Avatar agent={agent} />
          <a href={`/agents/${agent.id}`}>{agent.name}</a>
        </h2>
        <span class="badge">{words.visibility[agent.visibility]}</span>
      </div>
      <p class="muted clip">{agent.description}</p>
      <p class="small">
        {listed ? (
          <>
            <bdi>{priceOf(c, agent)}</bdi> · <bdi>{words.conversations(agent.popularity)}</bdi>
          </>
        ) : (
          agent.model
        )}
      </p>
      <div class="row">
        <a class="button" href={talkPath(agent.id)}>
          {words.talk}
        </a>
        <a class="button plain" href={`/agents/${agent.id}/edit`}>
          {words.editShort}
        </a>
      </div>
    </article>
  );
}

/** Agents of others that the reader may talk to for good. */
function Licensed({ c, agents }: { c: PageContext; agents: readonly Bought[] }) {
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
            <a class="button" href={talkPath(agent.id)}>
              {words.talk}
            </a>
          </div>
        </article>
      ))}
    </div>
  );
}

/** What was earned in each currency, of the sales that are shown. */
function Earnings({ c, sales }: { c: PageContext; sales: readonly Sale[] }) {
  const { agents: words } = c.var.words;
  if (sales.length === 0) return <Empty>{words.noEarnings}</Empty>;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{words.sold}</th>
            <th scope="col">{words.agent}</th>
            <th scope="col" class="number">
              {words.paid}
            </th>
            <th scope="col" class="number">
              {words.yours}
            </th>
          </tr>
        </thead>
        <tbody>
          {sales.map((sale) => (
            <tr>
              <td>{moment(c, sale.soldAt)}</td>
              <td>{sale.title}</td>
              <td class="number">{money(c, sale.paidMinor, sale.currency)}</td>
              <td class="number">{money(c, sale.earnedMinor, sale.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `/agents`: the reader's own agents, those they bought, and what their own earned. */
export async function ownAgentsPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const { api } = c.var.api;
  const cursor = c.req.query("cursor");
  const [agents, bought, earnings] = await Promise.all([
    said(api.agents.$get({ query: { limit: SHOWN, ...(cursor === undefined ? {} : { cursor }) } })),
    said(api.agents.licensed.$get({ query: { limit: BOUGHT } })),
    said(api.agents.earnings.$get({ query: { limit: SALES } })),
  ]);
  return show(c, {
    title: words.title,
    children: (
      <>
        <div class="spread">
          <h1>{words.title}</h1>
          <a class="button" href="/agents/new">
            {words.make}
          </a>
        </div>
        <p class="lead">{words.lead}</p>
        {agents.data.length === 0 ? <Empty>{words.none}</Empty> : null}
        <div class="grid">
          {agents.data.map((agent) => (
            <Card c={c} agent={agent} />
          ))}
        </div>
        <Pages c={c} cursor={cursor} nextCursor={agents.nextCursor} />
        {bought.data.length === 0 ? null : (
          <>
            <h2>
              <a href="/agents/licensed">{words.licensed}</a>
            </h2>
            <Licensed c={c} agents={bought.data} />
          </>
        )}
        <h2>
          <a href="/agents/earnings">{words.earnings}</a>
        </h2>
        <p class="muted">{words.earningsHint}</p>
        <Earnings c={c} sales={earnings.data} />
      </>
    ),
  });
}

/** `/agents/licensed`: every agent that the reader bought, page by page. */
export async function licensedPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const query = { limit: SHOWN, ...(cursor === undefined ? {} : { cursor }) };
  const { data, nextCursor } = await said(c.var.api.api.agents.licensed.$get({ query }));
  return show(c, {
    title: words.licensed,
    children: (
      <>
        <h1>{words.licensed}</h1>
        {data.length === 0 ? <Empty>{words.noneBought}</Empty> : null}
        <Licensed c={c} agents={data} />
        <Pages c={c} cursor={cursor} nextCursor={nextCursor} />
      </>
    ),
  });
}

/** `/agents/earnings`: every sale of the reader's agents, page by page. */
export async function earningsPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const cursor = c.req.query("cursor");
  const query = { limit: SALES, ...(cursor === undefined ? {} : { cursor }) };
  const { data, nextCursor } = await said(c.var.api.api.agents.earnings.$get({ query }));
  return show(c, {
    title: words.earnings,
    children: (
      <>
        <h1>{words.earnings}</h1>
        <p class="lead">{words.earningsHint}</p>
        <Earnings c={c} sales={data} />
        <Pages c={c} cursor={cursor} nextCursor={nextCursor} />
      </>
    ),
  });
}
