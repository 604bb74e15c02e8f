import { toMajor } from "../../units.ts";
import { type ApiClient, ApiRefusal, expectNoContent, type ListItem, unwrap } from "../api.ts";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { resolveDefaultModel } from "../default-model.ts";
import { type Options, readForm, Select } from "../form-components.tsx";
import { renderPage } from "../layout.tsx";
import { parseAmount } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { renderProblem } from "../problem-page.tsx";
import { refusalText } from "../refusal-text.ts";
import { Confirm } from "../ui/confirm.tsx";
import { flash } from "../ui/flash.ts";
import { PageTitle } from "../ui/page-title.tsx";
import { chatPath } from "./agent-components.tsx";
import { AgentForm, type AgentFormValues, toAgentBody } from "./agent-form.tsx";

type OwnAgent = ListItem<ApiClient["api"]["agents"]["$get"]>;

/** A form that was refused, shown again with what was typed. */
interface RejectedAgent {
  readonly values?: AgentFormValues;
  readonly error?: ApiRefusal;
  /** The form of the price. */
  readonly price?: { readonly price: string; readonly currency: string; readonly error: string };
}

const AGENT_FORM = { styles: ["/agents.css"], scripts: ["/agent-preview.js"] };

const listModelIds = async (c: PageContext): Promise<string[]> =>
  (await unwrap(c.var.api.v1.models.$get())).data.map(({ id }) => id);

/** Lists the currencies of the plans on sale, and the current one. */
async function listCurrencies(c: PageContext, current: string | null): Promise<Options> {
  const { data } = await unwrap(c.var.api.api.plans.active.$get({ query: { limit: "100" } }));
  const currencies = data.flatMap((plan) => plan.prices.map((price) => price.currency));
  return [...new Set([...currencies, ...(current === null ? [] : [current])])].map((code) => [
    code,
    code.toUpperCase(),
  ]);
}

/** Returns the agent if it is the reader's own. */
async function findOwnAgent(c: PageContext): Promise<OwnAgent | undefined> {
  const agent = await unwrap(
    c.var.api.api.agents[":id"].$get({ param: { id: pathParam(c, "id") } }),
  );
  return agent.access === "own" && "systemPrompt" in agent ? agent : undefined;
}

const renderNotFound = (c: PageContext) =>
  renderProblem(c, 404, c.var.words.errors.notFound, "/agents");

async function renderNewAgent(c: PageContext, { values = {}, error }: RejectedAgent = {}) {
  const { agents: words } = c.var.words;
  const models = await listModelIds(c);
  const agent: AgentFormValues = {
    ...values,
    model: values.model ?? (await resolveDefaultModel(c, models)),
  };
  return renderPage(
    c,
    {
      title: words.create,
      ...AGENT_FORM,
      children: (
        <>
          <PageTitle title={words.create} />
          <AgentForm
            c={c}
            action="/agents"
            agent={agent}
            models={models}
            error={error}
            button={words.create}
          />
        </>
      ),
    },
    error?.status,
  );
}

/** `GET /agents/new`: shows the form of a new agent. */
export const newAgentPage = (c: PageContext) => renderNewAgent(c);

/** `POST /agents`: creates an agent. */
export async function createAgent(c: PageContext) {
  const values = await readForm(c);
  try {
    const { id } = await unwrap(c.var.api.api.agents.$post({ json: toAgentBody(values) }));
    flash(c, "agentCreated", values["name"]);
    return c.redirect(`/agents/${id}`, 303);
  } catch (error) {
    if (error instanceof ApiRefusal) return await renderNewAgent(c, { values, error });
    throw error;
  }
}

function ListingForm({
  c,
  agent,
  currencies,
  price,
}: {
  c: PageContext;
  agent: OwnAgent;
  currencies: Options;
  price: RejectedAgent["price"] | undefined;
}) {
  const { agents: words } = c.var.words;
  const { priceMinor, currency } = agent;
  const currentPrice =
    priceMinor === null || currency === null ? "" : toMajor(priceMinor, currency);
  return (
    <section class="card">
      <h2>{words.listing}</h2>
      <p class="muted">{words.listingHint}</p>
      <form method="post" action={`/agents/${agent.id}/list`}>
        <div class="row">
          <Field
            name="price"
            label={words.price}
            hint={words.priceHint}
            value={price?.price ?? currentPrice}
            error={price?.error}
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
        <Confirm
          c={c}
          action={`/agents/${agent.id}/unlist`}
          label={words.unlist}
          question={c.var.words.ask.unlistAgent(agent.name)}
          fields={<input type="hidden" name="name" value={agent.name} />}
        />
      ) : null}
    </section>
  );
}

async function renderEditAgent(
  c: PageContext,
  agent: OwnAgent,
  { values, error, price }: RejectedAgent = {},
) {
  const { agents: words, ask } = c.var.words;
  const [models, currencies] = await Promise.all([
    listModelIds(c),
    listCurrencies(c, agent.currency),
  ]);
  const { avatarUrl, greeting, tools, ...rest } = agent;
  const currentValues: AgentFormValues = {
    ...rest,
    avatarUrl: avatarUrl ?? "",
    greeting: greeting ?? "",
    tools: tools.join("\n"),
  };
  return renderPage(
    c,
    {
      title: words.edit(agent.name),
      ...AGENT_FORM,
      children: (
        <>
          <PageTitle
            title={words.edit(agent.name)}
            actions={
              <>
                <a class="button plain" href={`/agents/${agent.id}`}>
                  {words.view}
                </a>
                <a class="button plain" href={chatPath(agent.id)}>
                  {words.talk}
                </a>
              </>
            }
          />
          <AgentForm
            c={c}
            action={`/agents/${agent.id}`}
            agent={values ?? currentValues}
            models={models}
            error={error}
            button={c.var.words.common.save}
          />
          {c.var.ctx.config.MARKETPLACE || agent.visibility === "listed" ? (
            <ListingForm c={c} agent={agent} currencies={currencies} price={price} />
          ) : null}
          <section class="card">
            <h2>{words.remove}</h2>
            <p>{words.removeHint}</p>
            <Confirm
              c={c}
              action={`/agents/${agent.id}/delete`}
              label={words.remove}
              question={ask.deleteAgent(agent.name)}
              fields={<input type="hidden" name="name" value={agent.name} />}
              danger
            />
          </section>
        </>
      ),
    },
    error?.status ?? (price === undefined ? 200 : 400),
  );
}

/** `GET /agents/:id/edit`: shows an agent of the reader's in forms. */
export async function editAgentPage(c: PageContext) {
  const agent = await findOwnAgent(c);
  return agent === undefined ? renderNotFound(c) : await renderEditAgent(c, agent);
}

/** `POST /agents/:id`: updates an agent. */
export async function updateAgent(c: PageContext) {
  const values = await readForm(c);
  const id = pathParam(c, "id");
  try {
    await unwrap(c.var.api.api.agents[":id"].$patch({ param: { id }, json: toAgentBody(values) }));
    flash(c, "agentSaved");
    return c.redirect(`/agents/${id}`, 303);
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status === 404) throw error;
    const agent = await findOwnAgent(c);
    return agent === undefined
      ? renderNotFound(c)
      : await renderEditAgent(c, agent, { values, error });
  }
}

/** `POST /agents/:id/list`: lists an agent for everybody, at the price typed or for free. */
export async function listAgent(c: PageContext) {
  const { price = "", currency = "" } = await readForm(c);
  const id = pathParam(c, "id");
  const amountMinor = parseAmount(price, currency);
  const renderPriceError = async (problem: string) => {
    const agent = await findOwnAgent(c);
    return agent === undefined
      ? renderNotFound(c)
      : await renderEditAgent(c, agent, { price: { price, currency, error: problem } });
  };
  if (amountMinor === null) return await renderPriceError(c.var.words.agents.priceProblem);
  const priceFields =
    amountMinor === undefined
      ? { priceMinor: null, currency: null }
      : { priceMinor: amountMinor, currency };
  try {
    const { name } = await unwrap(
      c.var.api.api.agents[":id"].$patch({
        param: { id },
        json: { visibility: "listed", ...priceFields },
      }),
    );
    flash(c, "agentListed", name);
    return c.redirect(`/agents/${id}`, 303);
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 400)
      return await renderPriceError(refusalText(c, error));
    throw error;
  }
}

/** `POST /agents/:id/unlist`: unlists an agent. Buyers keep it. */
export async function unlistAgent(c: PageContext) {
  const id = pathParam(c, "id");
  const { name } = await unwrap(
    c.var.api.api.agents[":id"].$patch({ param: { id }, json: { visibility: "private" } }),
  );
  flash(c, "agentUnlisted", name);
  return c.redirect(`/agents/${id}`, 303);
}

/** `POST /agents/:id/delete`: deletes an agent. */
export async function deleteAgent(c: PageContext) {
  const { name = "" } = await readForm(c);
  await expectNoContent(c.var.api.api.agents[":id"].$delete({ param: { id: pathParam(c, "id") } }));
  flash(c, "agentDeleted", name);
  return c.redirect("/agents", 303);
}
