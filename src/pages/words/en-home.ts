/** The words of the home page in English. */
export const enHome = {
  title: "Every model. One account.",
  lead: "Chat with leading AI models and pay only for what you use.",
  start: "Start free",
  open: "Open chat",
  seePricing: "See pricing",
  modelsTitle: "Models you can use",
  modelPrice: (input: string, output: string) => `${input} / ${output} credits per 1M tokens`,
  modelPriceNote: "Prices are for input and output tokens. Plans include usage on top.",
  pricesTitle: "Start free. Upgrade anytime.",
  choose: "See what's included",
  billingTitle: "Billing you can check",
  points: [
    {
      title: "No surprise charges",
      text: "We reserve the maximum, charge what you used, and release the rest.",
    },
    {
      title: "Every charge, itemized",
      text: "See exactly what each message cost, down to the token.",
    },
    {
      title: "Limits you choose",
      text: "Give each API key a budget of its own, and see your usage day by day.",
    },
  ],
  curlTitle: "Use it from your own apps",
  curlText: (name: string) =>
    `${name} speaks OpenAI's API. Keep the SDK you use and change the base URL:`,
  curlDocs: "Read the docs",
  questionsTitle: "Questions",
  questions: [
    {
      question: "Do I need a subscription?",
      answer:
        "No. You can start on the free plan and buy credits when you need more. A subscription " +
        "includes usage in every billing period.",
    },
    {
      question: "What is a credit?",
      answer:
        "Credits pay for messages that your plan doesn't include. Each model has a price in " +
        "credits per million tokens, and you see the cost under each reply.",
    },
    {
      question: "What happens when I reach my limit?",
      answer:
        "We tell you before anything is charged. Wait until the limit resets, add credits, or " +
        "upgrade. Your draft is kept.",
    },
    {
      question: "Can I cancel anytime?",
      answer:
        "Yes, on your account page. You keep your plan until the end of the period you paid for.",
    },
  ],
};
