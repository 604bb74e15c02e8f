import type { InferResponseType } from "hono/client";
import { toMajor } from "../../units.ts";
import { type ApiClient, ApiRefusal, done, said } from "../api.ts";
import type { PageContext } from "../context.ts";
import { defaultModelOf } from "../default-model.ts";
import { type Options, Select, typedIn } from "../form-parts.tsx";
import { Field } from "../parts.tsx";
import { pathParam } from "../path-param.ts";
import { problemPage } from "../problem.tsx";
import { show } from "../shell.tsx";
import { typedAmount } from "../typed.ts";
import { AgentForm, agentOf, type TypedAgent } from "./agent-form.tsx";

type Own = Extract<
  InferResponseType<ApiClient["api"]["agents"]["$get"]>,
  { data: unknown }
>["data"][number];

/** What the form shows again after a refusal. */
interface Again {
  readonly typed?: TypedAgent;
  readonly problem?: ApiRefusal;
  /** About the price, which has a form of its own. */
  readonly price?: { readonly price: string; readonly currency: string; readonly problem: string };
}

const modelsOf = async (c: PageContext): Promise<string[]> =>
  (await said(c.var.api.v1.models.$get())).data.map(({ id }) => id);

/** The currencies that something is sold in here, and the one that was chosen before. */
async function currenciesFor(c: PageContext, chosen: string | null): Promise<Options> {
  const { data } = await said(c.var.api.api.plans.active.$get({ query: { limit: "100" } }));
  const sold = data.flatMap((plan) => plan.prices.map((price) => price.currency));
  return [...new Set([...sold, ...(chosen === null ? [] : [chosen])])].map((code) => [
    code,
    code.toUpperCase(),
  ]);
}

/** The agent, if it is the reader's own. */
async function ownAgent(c: PageContext): Promise<Own | undefined> {
  const agent = await said(c.var.api.api.agents[":id"].$get({ param: { id: pathParam(c, "id") } }));
  return agent.access === "own" && "systemPrompt" in agent ? agent : undefined;
}

const notFound = (c: PageContext) => problemPage(c, 404, c.var.words.errors.notFound, "/agents");

async function newPage(c: PageContext, { typed = {}, problem }: Again = {}) {
  const { agents: words } = c.var.words;
  const models = await modelsOf(c);
  const agent: TypedAgent = { ...typed, model: typed.model ?? (await defaultModelOf(c, models)) };
  return show(
    c,
    {
      title: words.make,
      children: (
        <>
          <h1>{words.make}</h1>
          <AgentForm
            c={c}
            action="/agents"
            agent={agent}
            models={models}
            problem={problem}
            button={words.make}
          />
        </>
      ),
    },
    problem?.status,
  );
}

/** `GET /agents/new` */
export const askForAgent = (c: PageContext) => newPage(c);

/** `POST /agents` */
export async function makeAgent(c: PageContext) {
  const typed = await typedIn(c);
  try {
    const { id } = await said(c.var.api.api.agents.$post({ json: agentOf(typed) }));
    return c.redirect(`/agents/${id}`, 303);
  } catch (error) {
    if (error instanceof ApiRefusal) return await newPage(c, { typed, problem: error });
    throw error;
  }
}

function Listing({
  c,
  agent,
  currencies,
  price,
}: {
  c: PageContext;
  agent: Own;
  currencies: Options;
  price: Again["price"] | undefined;
}) {
  const { agents: words } = c.var.words;
  const { priceMinor, currency } = agent;
  const before = priceMinor === null || currency === null ? "" : toMajor(priceMinor, currency);
  return (
    <section class="card">
      <h2>{words.listing}</h2>
      <form method="post" action={`/agents/${agent.id}/list`}>
        <div class="row">
          <Field
            name="price"
            label={words.price}
            value={price?.price ?? before}
            problem={price?.problem}
          />
          <Select
            name="currency"
            label={words.currency}
            options={currencies}
            value={price?.currency ?? currency ?? undefined}
          />
          <button type="submit">
            {agent.visibility === "listed" ? c.var.words.common.save : words.list}
          </button>
        </div>
      </form>
      {agent.visibility === "listed" ? (
        <form method="post" action={`/agents/${agent.id}/unlist`}>
          <button type="submit" class="plain">
            {words.unlist}
          </button>
        </form>
      ) : null}
    </section>
  );
}

async function editPage(c: PageContext, agent: Own, { typed, problem, price }: Again = {}) {
  const { agents: words } = c.var.words;
  const [models, currencies] = await Promise.all([modelsOf(c), currenciesFor(c, agent.currency)]);
  const { avatarUrl, greeting, tools, ...same } = agent;
  const asItIs: TypedAgent = {
    ...same,
    avatarUrl: avatarUrl ?? "",
    greeting: greeting ?? "",
    tools: tools.join("\n"),
  };
  return show(
    c,
    {
      title: words.edit(agent.name),
      children: (
        <>
          <h1>{words.edit(agent.name)}</h1>
          <AgentForm
            c={c}
            action={`/agents/${agent.id}`}
            agent={typed ?? asItIs}
            models={models}
            problem={problem}
            button={c.var.words.common.save}
          />
          <Listing c={c} agent={agent} currencies={currencies} price={price} />
          <section class="card">
            <h2>{words.remove}</h2>
            <p>{words.removeHint}</p>
            <form method="post" action={`/agents/${agent.id}/delete`}>
              <button type="submit" class="danger">
                {words.remove}
              </button>
            </form>
          </section>
        </>
      ),
    },
    problem?.status ?? (price === undefined ? 200 : 400),
  );
}

/** `GET /agents/:id/edit` */
export async function editAgentPage(c: PageContext) {
  const agent = await ownAgent(c);
  return agent === undefined ? notFound(c) : await editPage(c, agent);
}

/** `POST /agents/:id`: what was typed takes the place of what was there. */
export async function changeAgent(c: PageContext) {
  const typed = await typedIn(c);
  const id = pathParam(c, "id");
  try {
    await said(c.var.api.api.agents[":id"].$patch({ param: { id }, json: agentOf(typed) }));
    return c.redirect(`/agents/${id}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 404) throw error;
    const agent = await ownAgent(c);
    return agent === undefined ? notFound(c) : await editPage(c, agent, { typed, problem: error });
  }
}

/** `POST /agents/:id/list`: for everybody, at the price that was typed or for free. */
export async function listAgent(c: PageContext) {
  const { price = "", currency = "" } = await typedIn(c);
  const id = pathParam(c, "id");
  const amountMinor = typedAmount(price, currency);
  const refused = async (problem: string) => {
    const agent = await ownAgent(c);
    return agent === undefined
      ? notFound(c)
      : await editPage(c, agent, { price: { price, currency, problem } });
  };
  if (amountMinor === null) return await refused(c.var.words.agents.priceProblem);
  const terms =
    amountMinor === undefined
      ? { priceMinor: null, currency: null }
      : { priceMinor: amountMinor, currency };
  try {
    await said(
      c.var.api.api.agents[":id"].$patch({
        param: { id },
        json: { visibility: "listed", ...terms },
      }),
    );
    return c.redirect(`/agents/${id}`, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 400) return await refused(error.message);
    throw error;
  }
}

/** `POST /agents/:id/unlist`: who bought it keeps it. */
export async function unlistAgent(c: PageContext) {
  const id = pathParam(c, "id");
  await said(
    c.var.api.api.agents[":id"].$patch({ param: { id }, json: { visibility: "private" } }),
  );
  return c.redirect(`/agents/${id}`, 303);
}

/** `POST /agents/:id/delete` */
export async function deleteAgent(c: PageContext) {
  await done(c.var.api.api.agents[":id"].$delete({ param: { id: pathParam(c, "id") } }));
  return c.redirect("/agents", 303);
}
