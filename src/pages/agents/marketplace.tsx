import { type ApiClient, ApiRefusal, type SuccessBody, unwrap } from "../api.ts";
import { checkoutLocale } from "../checkout-locale.ts";
import { Empty, Field, Notice, Pagination } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { renderPage } from "../layout.tsx";
import { pathParam } from "../path-param.ts";
import { renderProblem } from "../problem-page.tsx";
import { refusalText } from "../refusal-text.ts";
import { PageTitle } from "../ui/page-title.tsx";
import { Avatar, chatPath, formatLicensePrice } from "./agent-components.tsx";

type ListedAgent = SuccessBody<ApiClient["api"]["marketplace"][":id"]["$get"]>;
/** Null where the reader has to buy the agent or sign in first. */
type Access = SuccessBody<ApiClient["api"]["agents"][":id"]["$get"]>["access"];

const PAGE_SIZE = "24";
const SORTS = ["newest", "popular", "price"] as const;

function AgentCard({ c, agent }: { c: PageContext; agent: ListedAgent }) {
  const { agents: words } = c.var.words;
  return (
    <article class="card">
      <h2>
        <Avatar agent={agent} />
        <a href={`/agents/${agent.id}`}>{agent.name}</a>
      </h2>
      <p class="muted clip">{agent.description}</p>
      <div class="spread small">
        <strong>{formatLicensePrice(c, agent)}</strong>
        <span class="muted">{words.users(agent.popularity)}</span>
      </div>
    </article>
  );
}

/** `GET /marketplace?q=&sort=`: shows the listed agents to everybody. */
export async function marketplacePage(c: PageContext) {
  const { marketplace: words } = c.var.words;
  const { q = "", cursor } = c.req.query();
  const sort = SORTS.find((candidate) => candidate === c.req.query("sort")) ?? "newest";
  const query = {
    q: q.slice(0, 200),
    sort,
    limit: PAGE_SIZE,
    ...(cursor === undefined ? {} : { cursor }),
  };
  const { data, nextCursor } = await unwrap(c.var.api.api.marketplace.$get({ query }));
  return renderPage(c, {
    title: words.title,
    children: (
      <>
        <PageTitle title={words.title} lead={words.lead} />
        <search>
          <form method="get" class="row">
            <Field name="q" type="search" label={words.search} value={q} />
            <Select
              name="sort"
              label={words.sort}
              value={sort}
              options={SORTS.map((candidate) => [candidate, words.sorts[candidate]])}
            />
            <button type="submit">{words.search}</button>
          </form>
        </search>
        {data.length === 0 ? (
          <Empty>
            <p>{words.none}</p>
            <p class="muted">{words.noneHint}</p>
          </Empty>
        ) : null}
        <div class="grid">
          {data.map((agent) => (
            <AgentCard c={c} agent={agent} />
          ))}
        </div>
        <Pagination c={c} cursor={cursor} nextCursor={nextCursor} />
      </>
    ),
  });
}

/**
 * Loads an agent as the reader may see it: with their access if they are signed in, else as it is
 * listed.
 */
async function loadAgent(
  c: PageContext,
  id: string,
): Promise<{ readonly agent: ListedAgent; readonly access: Access }> {
  const { api } = c.var.api;
  if (c.var.viewer === null)
    return { agent: await unwrap(api.marketplace[":id"].$get({ param: { id } })), access: null };
  const agent = await unwrap(api.agents[":id"].$get({ param: { id } }));
  return { agent, access: agent.access };
}

/** The link or form for using an agent, for buying it, or for signing in first. */
function AgentActions({
  c,
  agent,
  access,
}: {
  c: PageContext;
  agent: ListedAgent;
  access: Access;
}) {
  const { agents: words } = c.var.words;
  const price = formatLicensePrice(c, agent);
  if (access !== null)
    return (
      <div class="row">
        <a class="button" href={chatPath(agent.id)}>
          {words.talk}
        </a>
        {access === "own" ? (
          <a class="button plain" href={`/agents/${agent.id}/edit`}>
            {words.editShort}
          </a>
        ) : null}
      </div>
    );
  if (c.var.viewer === null) {
    const next = agent.priceMinor === null ? chatPath(agent.id) : `/agents/${agent.id}`;
    return (
      <a class="button" href={`/login?next=${encodeURIComponent(next)}`}>
        {agent.priceMinor === null ? words.signInToTalk : words.signInToBuy}
      </a>
    );
  }
  return (
    <form method="post" action={`/agents/${agent.id}/buy`}>
      <p class="muted small">{words.buyHint}</p>
      <button type="submit">{words.buy(price)}</button>
    </form>
  );
}

/** `GET /agents/:id`: shows an agent as the reader may see it. */
export async function agentPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const { agent, access } = await loadAgent(c, pathParam(c, "id"));
  const notes = { own: words.yoursAlready, licensed: words.bought, free: undefined };
  const note = access === null ? undefined : notes[access];
  return renderPage(c, {
    title: agent.name,
    width: "narrow",
    children: (
      <>
        <PageTitle
          title={
            <>
              <Avatar agent={agent} /> <bdi>{agent.name}</bdi>
            </>
          }
          actions={
            access === "own" ? (
              <span class={`badge ${agent.visibility === "listed" ? "good" : ""}`}>
                {words.visibility[agent.visibility]}
              </span>
            ) : undefined
          }
        />
        {note === undefined ? null : <Notice>{note}</Notice>}
        <p class="lead lines">{agent.description}</p>
        <p class="muted">
          <bdi>{words.answersWith(agent.model)}</bdi> · <bdi>{words.users(agent.popularity)}</bdi>
        </p>
        {agent.tools.length === 0 ? null : (
          <p>
            {agent.tools.map((tool) => (
              <>
                <span class="badge">{tool}</span>{" "}
              </>
            ))}
          </p>
        )}
        {agent.greeting === null ? null : (
          <blockquote class="card lines">{agent.greeting}</blockquote>
        )}
        {agent.visibility === "listed" ? (
          <p>
            <span class="figure">{formatLicensePrice(c, agent)}</span>
          </p>
        ) : null}
        <AgentActions c={c} agent={agent} access={access} />
      </>
    ),
  });
}

/** `POST /agents/:id/buy`: redirects to Stripe's page for a licence. */
export async function buyAgent(c: PageContext) {
  const id = pathParam(c, "id");
  const agentPath = `/agents/${id}`;
  try {
    const json = {
      cancelUrl: `${c.var.ctx.config.PUBLIC_URL}${agentPath}`,
      ...checkoutLocale(c),
    };
    const { url } = await unwrap(
      c.var.api.api.agents[":id"].purchase.$post({ param: { id }, json }),
    );
    return c.redirect(url, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return renderProblem(c, error.status, refusalText(c, error), agentPath);
    throw error;
  }
}
