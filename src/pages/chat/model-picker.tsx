import type { PageContext } from "../context.ts";
import { formatFineMoney, formatNumber } from "../format.ts";
import { Icon } from "../ui/icon.tsx";
import type { ChatData, Model } from "./data.ts";

/** Formats what a million tokens cost in money, where the operator has said what a credit is. */
function moneyText(c: PageContext, { pricing }: Model): string | null {
  const { CREDIT_VALUE: value } = c.var.ctx.config;
  if (value === null) return null;
  const money = (credits: number): string =>
    formatFineMoney(c, (credits * value.micros) / 1_000_000, value.currency);
  return c.var.words.chat.modelMoney(money(pricing.input), money(pricing.output));
}

interface ModelPickerProps {
  readonly c: PageContext;
  readonly data: ChatData;
  readonly selected: string | undefined;
}

/** A chip with the model that replies, which opens the choice of another. */
export function ModelPicker({ c, data, selected }: ModelPickerProps) {
  const { chat: words } = c.var.words;
  const { models, plan } = data;
  return (
    <details class="menu model-picker" data-menu data-models>
      <summary>
        <span class="visually-hidden">{words.chooseModel}: </span>
        <span data-part="model" dir="auto">
          {selected ?? words.model}
        </span>
        <Icon name="chevron-down" />
      </summary>
      <fieldset class="menu-items">
        <legend class="visually-hidden">{words.model}</legend>
        {models.map((model) => {
          const { id, pricing, context_length, max_output_tokens, descriptions } = model;
          const description = descriptions[c.var.language] ?? descriptions.en;
          const isIncluded = plan !== null && (plan.models?.includes(id) ?? true);
          const money = moneyText(c, model);
          return (
            <label class="model">
              <input
                type="radio"
                name="model"
                value={id}
                checked={id === selected}
                data-included={isIncluded ? "" : undefined}
                data-input-price={pricing.input}
                data-output-price={pricing.output}
                data-max-output={max_output_tokens ?? context_length}
              />
              <span class="model-name">{id}</span>
              <span class={isIncluded ? "badge good" : "badge"}>
                {isIncluded ? words.included : words.paidByCredits}
              </span>
              <span class="model-facts">
                {description === undefined ? null : <span dir="auto">{description}</span>}
                <span>
                  {words.modelPrice(
                    formatNumber(c, pricing.input),
                    formatNumber(c, pricing.output),
                  )}
                </span>
                {money === null ? null : <span>{money}</span>}
                <span>{words.modelContext(formatNumber(c, context_length))}</span>
              </span>
            </label>
          );
        })}
        <p class="hint">{words.priceHint}</p>
      </fieldset>
    </details>
  );
}
