import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("en");

/** The words of the operator's lists and of the search, in English. */
export const enAdminLists = {
  search: "Search",
  searchHint: "Name, email, or any ID",
  results: (query: string) => `Results for “${query}”`,
  searchLead:
    "Enter any part of a name or email address, a user, order, or subscription ID, a Stripe ID " +
    "(pi_, in_, cs_, sub_, cus_, ch_), or an API key.",
  noResults: "No results. Check the spelling, or try a shorter part of the name.",
  hits: plural({ one: "# result", other: "# results" }),
  kinds: {
    user: "Users",
    order: "Orders",
    subscription: "Subscriptions",
    invoice: "Invoices",
    api_key: "API keys",
    event: "Webhook events",
    plan: "Plans and packs",
  },
  filter: "Filter",
  clear: "Clear filters",
  csv: "Export CSV",
  all: "All",
  more: "More actions",
  copyId: (id: string) => `Copy ${id}`,
  openInStripe: "Open in Stripe",
  noMatches: "No matches. Change or clear the filters.",
  customer: "Customer",
  customerFilter: "Customer email or ID",
  manyCustomers: (text: string) =>
    `Several users match “${text}”. Enter a full email address or a user ID.`,
  noCustomer: (text: string) => `No user matches “${text}”.`,
  erased: "Deleted user",
  item: "Item",
  date: "Date",
  pays: "Pays",
  trial: "Trial",
  perMonth: (amount: string) => `${amount}/mo`,
  lastSeen: "Last seen",
  refundedPart: (amount: string) => `${amount} refunded`,
  viewOrders: "View orders",
  viewAudit: "View audit log",
  viewMails: "View emails",
  about: "About",
};
