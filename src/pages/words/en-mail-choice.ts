/** The words of the pages on which readers choose their mails, in English. */
export const enMailChoice = {
  title: "Mails",
  optional: "Optional mails",
  kinds: {
    balance_low: "My credits are running low",
    allowance_used_up: "I've used up my plan's included usage",
  },
  threshold: "Notify me when my credits fall below",
  thresholdHint: "Leave empty for no notification.",
  language: "Language of mails",
  always:
    "We always send mails about security and payments: failed payments, ending trials and " +
    "subscriptions, refunds, new API keys and password changes.",
  saved: "Saved.",
  off: "This site doesn't send mails.",
  unsubscribeTitle: "Unsubscribe",
  unsubscribeText: "You'll no longer get mails of this kind.",
  unsubscribeButton: "Unsubscribe",
  unsubscribed: (kind: string) => `You're unsubscribed from “${kind}”.`,
};
