/** A statement that may scan or sort, and why that is bounded all the same. */
interface Exception {
  readonly statement: RegExp;
  readonly why: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    statement:
      /^select [^()]* from "\w+" order by "\w+"\."\w+" desc(, "\w+"\."id" desc)? limit \?$/,
    why: "The newest rows of everybody: an index is walked from its end, as far as the limit.",
  },
  {
    statement:
      /^select [^()]* from "users" where "users"\."erasing_at" is null order by .* limit \?$/,
    why: "The same; the index has no user who is being erased.",
  },
  {
    statement:
      /^select [^()]* from "users" where "users"\."erasing_at" is null order by .* offset \?$/,
    why: "The end of the window that a search for users looks through.",
  },
  {
    statement: /^select [^()]* from "users" where \("users"\."erasing_at" is null and .*instr\(/,
    why: "A search for a part of an address or a name, in a window of the newest users.",
  },
  {
    statement: /^select [^()]* from "(checks|webhook_secrets)"$/,
    why: "A row for each thing that is checked, or each webhook that was created: a handful.",
  },
  {
    statement: /^select count\(\*\) from "management_keys" where/,
    why: "A row for each management key that an admin ever created: some dozens.",
  },
  {
    statement:
      /^select .* from "users" where "users"\."external_id" is not null order by .* limit \?$/,
    why: "The newest users with an external id, and no others: walked as far as the limit.",
  },
  {
    statement: /^select [^()]* from "erased_users" order by "erased_users"\."erased_at" limit \?$/,
    why: "The oldest rows, of which the cron takes some each minute and deletes them.",
  },
  {
    statement: /^select [^()]* from "checkout_sessions" cross join "orders" .* limit \?$/,
    why: "The newest sessions of everybody, walked as far as the limit; each has one order.",
  },
  {
    statement:
      /^select [^()]* from "orders" left join "checkout_sessions" on [^()]* order by .* limit \?$/,
    why: "The newest orders of everybody, read as far as the limit; each has at most one session.",
  },
  {
    statement: /^select .* from "overage_reports" where \("overage_reports"\."sent_at" is null/,
    why: "The index has only what was not sent yet, in the order in which it is sent.",
  },
  {
    statement: /^select .* from "agents" where \(?visibility = 'listed' and state = 'there'/,
    why: "The index has only listed agents, in the order of the list, as far as the limit.",
  },
  {
    statement:
      /^select "id", "owner_id" from "agents" where \(holds_place = 1 and state <> 'there'/,
    why: "The index has only agents whose slot the cron may have to release.",
  },
  {
    statement: /from "usage_daily" where \("usage_daily"."user_id" in .* group by /,
    why: "Sums up the usage of the hundred users with the most of each month.",
  },
  {
    statement:
      /from "subscription_invoices" where "subscription_invoices"\."disputed" = 1 .* limit/,
    why: "The index has only disputed invoices, in the order of the list, as far as the limit.",
  },
  {
    statement: /from "subscription_invoices" .*"period_end" > \?\)\) group by/,
    why: "Groups one user's invoices of the current period, which are few.",
  },
];
