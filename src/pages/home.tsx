import { chooseDefaultModel } from "../catalog/index.ts";
import { unwrap } from "./api.ts";
import { Copyable } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { formatMoney, formatNumber } from "./format.ts";
import { renderPage } from "./layout.tsx";
import { type PlanView, planLines } from "./plan-lines.ts";
import { planName } from "./plan-names.ts";
import { Icon } from "./ui/icon.tsx";

/** The icons of the points about billing, in their order. */
const POINT_ICONS = ["shield-check", "receipt-percent", "key"] as const;
const MODELS_SHOWN = 8;
const PLANS_SHOWN = 3;
const LINES_SHOWN = 4;

const curlExample = (origin: string, model: string): string =>
  `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] })}'`;

type Model = Awaited<ReturnType<typeof loadModels>>[number];

const loadModels = async (c: PageContext) =>
  (await unwrap(c.var.api.v1.models.$get())).data.filter(({ kind }) => kind === "chat");

function ModelList({ c, models }: { c: PageContext; models: readonly Model[] }) {
  const { home: words } = c.var.words;
  const price = (credits: number) => formatNumber(c, credits);
  return models.length === 0 ? null : (
    <section>
      <h2>{words.modelsTitle}</h2>
      <ul class="home-models">
        {models.slice(0, MODELS_SHOWN).map(({ id, pricing }) => (
          <li>
            <strong>
              <bdi>{id}</bdi>
            </strong>
            <span class="muted small">
              {words.modelPrice(price(pricing.input), price(pricing.output))}
            </span>
          </li>
        ))}
      </ul>
      <p class="muted small">{words.modelPriceNote}</p>
    </section>
  );
}

function PlanTeaser({ c, plan, currency }: { c: PageContext; plan: PlanView; currency: string }) {
  const { pricing: words } = c.var.words;
  const price = plan.prices.find(({ interval }) => interval !== "year") ?? plan.prices[0];
  return (
    <article class="card">
      <h3>{planName(c, plan)}</h3>
      <p>
        <span class="figure">
          {formatMoney(c, price?.amountMinor ?? 0, price?.currency ?? currency)}
        </span>{" "}
        {price === undefined ? null : (
          <span class="muted">
            {price.interval === null ? words.once : words.per[price.interval]}
          </span>
        )}
      </p>
      <ul>
        {planLines(c, plan, price)
          .slice(0, LINES_SHOWN)
          .map((line) => (
            <li>{line}</li>
          ))}
      </ul>
    </article>
  );
}

/** The free plan and what comes next, in the operator's order. */
const choosePlans = (plans: readonly PlanView[]): PlanView[] =>
  plans
    .filter(
      ({ kind, unlocks, prices }) => kind === "free" || (unlocks === null && prices.length > 0),
    )
    .slice(0, PLANS_SHOWN);

function Prices({ c, plans }: { c: PageContext; plans: readonly PlanView[] }) {
  const { home: words } = c.var.words;
  // In the currency of the others the free plan costs nothing.
  const currency = plans.flatMap(({ prices }) => prices)[0]?.currency ?? "usd";
  return plans.length === 0 ? null : (
    <section>
      <h2>{words.pricesTitle}</h2>
      <div class="grid">
        {plans.map((plan) => (
          <PlanTeaser c={c} plan={plan} currency={currency} />
        ))}
      </div>
      <p>
        <a href="/pricing">{words.choose}</a>
      </p>
    </section>
  );
}

function Billing({ c }: { c: PageContext }) {
  const { home: words } = c.var.words;
  return (
    <section>
      <h2>{words.billingTitle}</h2>
      <div class="grid">
        {words.points.map(({ title, text }, index) => (
          <section class="card">
            <Icon name={POINT_ICONS[index] ?? "check"} />
            <h3>{title}</h3>
            <p>{text}</p>
          </section>
        ))}
      </div>
    </section>
  );
}

function Questions({ c }: { c: PageContext }) {
  const { home: words } = c.var.words;
  return (
    <section>
      <h2>{words.questionsTitle}</h2>
      {words.questions.map(({ question, answer }) => (
        <details class="home-question">
          <summary>{question}</summary>
          <p>{answer}</p>
        </details>
      ))}
    </section>
  );
}

/** `GET /`: tells visitors what is sold and how they pay, or leads where the operator wants. */
export async function homePage(c: PageContext) {
  const { brand, viewer, words, ctx } = c.var;
  if (brand.home === "pricing") return c.redirect("/pricing", 302);
  if (brand.home !== "own page") return c.redirect(brand.home, 302);
  const { home, common } = words;
  const [models, { data: plans }] = await Promise.all([
    loadModels(c),
    unwrap(c.var.api.api.plans.active.$get({ query: { limit: "100" } })),
  ]);
  const model = chooseDefaultModel(
    models.map(({ id }) => id),
    null,
  );
  return renderPage(c, {
    title: home.title,
    styles: ["/home.css"],
    children: (
      <div class="home">
        <section class="home-hero">
          <h1>{home.title}</h1>
          <p class="lead">{home.lead}</p>
          <p class="row">
            <a class="button" href={viewer === null ? "/signup" : "/chat"}>
              {viewer === null ? home.start : home.open}
            </a>
            <a class="button plain" href="/pricing">
              {home.seePricing}
            </a>
          </p>
        </section>
        <ModelList c={c} models={models} />
        <Prices c={c} plans={choosePlans(plans)} />
        <Billing c={c} />
        {model === undefined ? null : (
          <section>
            <h2>{home.curlTitle}</h2>
            <p>{home.curlText(brand.name)}</p>
            <Copyable
              id="curl"
              text={curlExample(ctx.config.PUBLIC_URL, model)}
              copy={common.copy}
              copied={common.copied}
            />
            <p class="home-docs">
              <a href="/docs">{home.curlDocs}</a>
            </p>
          </section>
        )}
        <Questions c={c} />
      </div>
    ),
  });
}
