import type { RefusalFacts, RefusalWords } from "./refusal-words.ts";

/** Says how much of the plan is used up, and what to do. */
function describeQuota({ usedUp, resets, detail }: RefusalFacts): string | null {
  if (usedUp !== null) {
    const reset = resets === null ? "" : ` Your usage resets ${resets}.`;
    return `You've used all ${usedUp} in your plan.${reset} Add credits to continue now.`;
  }
  const model = detail("model");
  return model === null
    ? null
    : `${model} isn't included in your plan. Add credits or choose another model.`;
}

const describeWait = ({ retry }: RefusalFacts): string | null =>
  retry === null ? null : `Too many requests. Try again ${retry}.`;

/**
 * What English pages say in place of the wire's message, which is for programs: rules stand beside
 * their field, so its name is left out.
 */
export const enRefusals: RefusalWords = {
  rules: {
    required: "Fill in this field.",
    wrong_type: "Enter a valid value.",
    not_one_of: ({ detail }) => `Choose one of: ${detail("options")}.`,
    too_short: ({ detail }) =>
      detail("limit") === "1"
        ? "Fill in this field."
        : `Enter at least ${detail("limit")} characters.`,
    too_long: ({ detail }) => `Enter at most ${detail("limit")} characters.`,
    too_few: ({ detail }) => `Choose at least ${detail("limit")}.`,
    too_many: ({ detail }) => `Enter at most ${detail("limit")}.`,
    too_low: ({ detail }) => `Enter ${detail("limit")} or more.`,
    below_cost: ({ detail }) =>
      `${detail("price")} credits are worth less than the ${detail("cost")} ` +
      `${detail("currency")?.toUpperCase()} that the provider charges you. Raise this price.`,
    too_high: ({ detail }) => `Enter ${detail("limit")} or less.`,
    wrong_format: ({ detail }) => {
      if (detail("format") === "email") return "Enter a valid email address.";
      return detail("format") === "url" ? "Enter a URL, such as https://example.com." : null;
    },
  },
  texts: {
    insufficient_quota: describeQuota,
    rate_limit_exceeded: describeWait,
    "rate_limit_exceeded.network": ({ message }) => message,
  },
};
