import type { InferResponseType } from "hono/client";
import { type ApiClient, ApiRefusal, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { Select } from "../form-parts.tsx";
import { Empty, Field, Notice, Pages } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { problemPage } from "../problem.tsx";
import { show } from "../shell.tsx";
import { Avatar, priceOf, talkPath } from "./agent-parts.tsx";

type Good<T> = Exclude<T, { error: unknown }>;
type Listed = Good<InferResponseType<ApiClient["api"]["marketplace"][":id"]["$get"]>>;
/** Null: not to be talked to before it is bought, or before one signs in. */
type Access = Good<InferResponseType<ApiClient["api"]["agents"][":id"]["$get"]>>["access"];

const SHOWN = "24";
const SORTS = ["newest", "popular", "price"] as const;

function Card({ c, agent }: { c: PageContext; agent: Listed }) {
  const { agents: words } = c.var.words;
  return (
    <article class="card">
      <h2>
        <Avatar agent={agent} />
        <a href={`/agents/${agent.id}`}>{agent.name}</a>
      </h2>
      <p class="muted clip">{agent.description}</p>
      <div class="spread small">
        <strong>{priceOf(c, agent)}</strong>
        <span class="muted">{words.conversations(agent.popularity)}</span>
      </div>
    </article>
  );
}

/** `/marketplace?q=&sort=`: what is listed, for everybody. */
export async function marketplacePage(c: PageContext) {
  const { marketplace: words } = c.var.words;
  const { q = "", cursor } = c.req.query();
  const sort = SORTS.find((one) => one === c.req.query("sort")) ?? "newest";
  const query = {
    q: q.slice(0, 200),
    sort,
    limit: SHOWN,
    ...(cursor === undefined ? {} : { cursor }),
  };
  const { data, nextCursor } = await said(c.var.api.api.marketplace.$get({ query }));
  return show(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
        <search>
          <form method="get" class="row">
            <Field name="q" type="search" label={words.search} value={q} />
            <Select
              name="sort"
              label={words.sort}
              value={sort}
              options={SORTS.map((one) => [one, words.sorts[one]])}
            />
            <button type="submit">{words.search}</button>
          </form>
        </search>
        {data.length === 0 ? <Empty>{words.none}</Empty> : null}
        <div class="grid">
          {data.map((agent) => (
            <Card c={c} agent={agent} />
          ))}
        </div>
        <Pages c={c} cursor={cursor} nextCursor={nextCursor} />
      </>
    ),
  });
}

/**
 * An agent as the reader may see it: signed in with what they may do, and otherwise as it is
 * listed.
 */
async function agentFor(
  c: PageContext,
  id: string,
): Promise<{ readonly agent: Listed; readonly access: Access }> {
  const { api } = c.var.api;
  if (c.var.viewer === null)
    return { agent: await said(api.marketplace[":id"].$get({ param: { id } })), access: null };
  const agent = await said(api.agents[":id"].$get({ param: { id } }));
  return { agent, access: agent.access };
}

/** What the reader can do with an agent: talk to it, or buy it, or sign in for either. */
function Use({ c, agent, access }: { c: PageContext; agent: Listed; access: Access }) {
  const { agents: words } = c.var.words;
  const price = priceOf(c, agent);
  if (access !== null)
    return (
      <div class="row">
        <a class="button" href={talkPath(agent.id)}>
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
    const next = agent.priceMinor === null ? talkPath(agent.id) : `/agents/${agent.id}`;
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

/** `GET /agents/:id`: one agent, as whoever looks may see it. */
export async function agentPage(c: PageContext) {
  const { agents: words } = c.var.words;
  const { agent, access } = await agentFor(c, pathParam(c, "id"));
  const notes = { own: words.yoursAlready, licensed: words.bought, free: undefined };
  const note = access === null ? undefined : notes[access];
  return show(c, {
    title: agent.name,
    children: (
      <>
        <h1>
          <Avatar agent={agent} /> {agent.name}
        </h1>
        {note === undefined ? null : <Notice>{note}</Notice>}
        <p class="lead lines">{agent.description}</p>
        <p class="muted">
          <bdi>{words.answersWith(agent.model)}</bdi> ·{" "}
          <bdi>{words.conversations(agent.popularity)}</bdi>
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
        <p>
          <span class="figure">
            {agent.visibility === "listed" ? priceOf(c, agent) : words.visibility.private}
          </span>
        </p>
        <Use c={c} agent={agent} access={access} />
      </>
    ),
  });
}

/** `POST /agents/:id/buy`: to Stripe's page for a licence. */
export async function buyAgent(c: PageContext) {
  const id = pathParam(c, "id");
  const here = `/agents/${id}`;
  try {
    const json = { cancelUrl: `${c.var.config.PUBLIC_URL}${here}` };
    const { url } = await said(c.var.api.api.agents[":id"].purchase.$post({ param: { id }, json }));
    return c.redirect(url, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status !== 401)
      return problemPage(c, error.status, error.message, here);
    throw error;
  }
}
