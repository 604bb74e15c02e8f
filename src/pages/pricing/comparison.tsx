import type { Child } from "hono/jsx";
import { includedOf } from "../../catalog/index.ts";
import { inLanguage } from "../../languages.ts";
import { METERS } from "../../meters.ts";
import type { ApiClient, SuccessBody } from "../api.ts";
import type { PageContext } from "../context.ts";
import { formatNumber } from "../format.ts";
import { formatAllowance, type PlanView, paysForChats } from "../plan-lines.ts";
import { featureLines, formatList, planName } from "../plan-names.ts";
import { Icon } from "../ui/icon.tsx";
import { choosePrice, type PriceChoice } from "./price-choice.ts";

type Model = SuccessBody<ApiClient["v1"]["models"]["$get"]>["data"][number];

/** The most models that have a row each. */
const MODEL_ROWS_MAX = 12;

interface Row {
  readonly head: Child;
  readonly cell: (plan: PlanView) => Child;
}

interface ComparisonProps {
  readonly c: PageContext;
  readonly plans: readonly PlanView[];
  readonly models: readonly Model[];
  readonly choice: PriceChoice;
  /** Whether credits are sold, which pay for models beyond the plans. */
  readonly hasCredits: boolean;
}

const Yes = ({ c }: { c: PageContext }) => <Icon name="check" label={c.var.words.shop.included} />;
const No = ({ c }: { c: PageContext }) => (
  <span class="muted">
    <Icon name="minus" label={c.var.words.shop.notIncluded} />
  </span>
);

const paysFor = (plan: PlanView, modelId: string): boolean =>
  paysForChats(plan) && (plan.models?.includes(modelId) ?? true);

function modelRows({ c, models, plans, hasCredits }: ComparisonProps): Row[] {
  const { shop: words } = c.var.words;
  if (models.length > MODEL_ROWS_MAX) {
    const cell = (plan: PlanView) =>
      plan.models === null ? words.allModels : formatList(c, plan.models);
    return plans.length === 0 ? [] : [{ head: words.modelsRow, cell }];
  }
  return models.map(({ id, descriptions }) => ({
    head: (
      <>
        <bdi>{id}</bdi>
        <span class="muted small"> {inLanguage(descriptions, c.var.language, "")}</span>
      </>
    ),
    cell: (plan) =>
      paysFor(plan, id) ? (
        <Yes c={c} />
      ) : hasCredits ? (
        <span class="muted">{words.withCredits}</span>
      ) : (
        <No c={c} />
      ),
  }));
}

function meterRows({ c, plans, choice }: ComparisonProps): Row[] {
  const { shop: words } = c.var.words;
  const compared = METERS.filter((meter) =>
    plans.some(({ allowances }) => allowances[meter] !== undefined),
  );
  return compared.map((meter) => ({
    head: words.meters[meter],
    cell: (plan) => {
      const included = includedOf(plan.allowances, meter);
      const allowance = plan.allowances[meter];
      if (included === 0) return <No c={c} />;
      if (allowance === undefined || allowance.limit === null) return words.noLimit;
      return formatAllowance(c, allowance, formatNumber(c, included), choosePrice(plan, choice));
    },
  }));
}

function featureRows({ c, plans }: ComparisonProps): Row[] {
  const features = [...new Set(plans.flatMap((plan) => featureLines(c, plan)))];
  return features.map((feature) => ({
    head: feature,
    cell: (plan) => (featureLines(c, plan).includes(feature) ? <Yes c={c} /> : <No c={c} />),
  }));
}

/** Compares the plans line by line: models first, then allowances, features and speed. */
export function Comparison(props: ComparisonProps) {
  const { c, plans } = props;
  const { shop: words } = c.var.words;
  if (plans.length < 2) return null;
  const hasCredits = plans.some(({ credits }) => credits > 0);
  const rows: Row[] = [
    ...modelRows(props),
    ...meterRows(props),
    ...(hasCredits
      ? [
          {
            head: words.creditRow,
            cell: ({ credits }: PlanView) =>
              credits === 0 ? <No c={c} /> : formatNumber(c, credits),
          },
        ]
      : []),
    ...featureRows(props),
    {
      head: words.requestRow,
      cell: ({ requestsPerMinute }) => formatNumber(c, requestsPerMinute),
    },
  ];
  return (
    <section>
      <h2>{words.compare}</h2>
      <div class="scroll" tabindex={0} role="region" aria-label={words.compare}>
        <table class="comparison">
          <thead>
            <tr>
              <th scope="col">{words.whatYouGet}</th>
              {plans.map((plan) => (
                <th scope="col">{planName(c, plan)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ head, cell }) => (
              <tr>
                <th scope="row">{head}</th>
                {plans.map((plan) => (
                  <td>{cell(plan)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
