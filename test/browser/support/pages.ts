import type { Viewers } from "./viewers.ts";

interface PageSpec {
  readonly name: string;
  /** The path, in which a part that begins with a colon is replaced by an id of the member. */
  readonly path: string;
  /** The kind of user that views the page. */
  readonly as: "visitor" | "member" | "admin";
}

/**
 * Every page that can be opened by its address, but `/setup`: it waits for a first admin, and is
 * seen by `first-hour.test.ts`.
 */
export const PAGES = [
  { name: "home", path: "/", as: "visitor" },
  { name: "pricing", path: "/pricing", as: "visitor" },
  { name: "signup", path: "/signup", as: "visitor" },
  { name: "login", path: "/login", as: "visitor" },
  { name: "confirm", path: "/confirm?token=abc", as: "visitor" },
  { name: "forgot", path: "/forgot", as: "visitor" },
  { name: "reset", path: "/reset?token=abc", as: "visitor" },
  { name: "unsubscribe", path: "/unsubscribe?token=abc", as: "visitor" },
  { name: "marketplace", path: "/marketplace", as: "visitor" },
  { name: "agent", path: "/agents/:agent", as: "visitor" },
  { name: "docs", path: "/docs", as: "visitor" },
  { name: "docs-resource", path: "/docs/chat", as: "visitor" },
  { name: "docs-objects", path: "/docs/objects", as: "visitor" },
  { name: "docs-search", path: "/docs/search?q=chat", as: "visitor" },
  { name: "design-system", path: "/dev/ui", as: "visitor" },
  { name: "cancel", path: "/cancel?canceled=true", as: "visitor" },
  { name: "plans", path: "/pricing?currency=usd&interval=year", as: "member" },
  { name: "change", path: "/change?planId=:otherPlan&interval=month", as: "member" },
  { name: "success", path: "/success?session_id=:session", as: "member" },
  { name: "dashboard", path: "/dashboard", as: "member" },
  { name: "verify", path: "/verify", as: "member" },
  { name: "mail-preferences", path: "/account/mail", as: "member" },
  { name: "credits", path: "/credits", as: "member" },
  { name: "activity", path: "/activity", as: "member" },
  { name: "activity-chat", path: "/activity/:chat", as: "member" },
  { name: "keys", path: "/keys", as: "member" },
  { name: "key", path: "/keys/:key", as: "member" },
  { name: "account", path: "/account", as: "member" },
  { name: "orders", path: "/orders", as: "member" },
  { name: "orders-all", path: "/orders?show=all", as: "member" },
  { name: "order", path: "/orders/:order", as: "member" },
  { name: "credits-grants", path: "/credits?view=grants", as: "member" },
  { name: "account-delete", path: "/account/delete", as: "member" },
  { name: "account-deleted", path: "/account/deleted", as: "visitor" },
  { name: "chat-new", path: "/chat", as: "member" },
  { name: "chat", path: "/chat/:conversation", as: "member" },
  { name: "agents", path: "/agents", as: "member" },
  { name: "agents-new", path: "/agents/new", as: "member" },
  { name: "agents-edit", path: "/agents/:agent/edit", as: "member" },
  { name: "agents-licensed", path: "/agents/licensed", as: "member" },
  { name: "agents-earnings", path: "/agents/earnings", as: "member" },
  { name: "admin", path: "/admin", as: "admin" },
  { name: "admin-users", path: "/admin/users", as: "admin" },
  { name: "admin-user", path: "/admin/users/:member", as: "admin" },
  { name: "admin-usage", path: "/admin/usage", as: "admin" },
  { name: "admin-orders", path: "/admin/orders", as: "admin" },
  { name: "admin-order", path: "/admin/orders/:order", as: "admin" },
  { name: "admin-subscription", path: "/admin/subscriptions/:subscription", as: "admin" },
  { name: "admin-invoice", path: "/admin/invoices/:invoice", as: "admin" },
  { name: "admin-events", path: "/admin/events", as: "admin" },
  { name: "admin-event", path: "/admin/events/:event", as: "admin" },
  { name: "admin-drift", path: "/admin/drift", as: "admin" },
  { name: "admin-audit", path: "/admin/audit", as: "admin" },
  { name: "admin-brand", path: "/admin/brand", as: "admin" },
  { name: "admin-keys", path: "/admin/keys", as: "admin" },
  { name: "admin-mails", path: "/admin/mails", as: "admin" },
  { name: "admin-catalog", path: "/admin/catalog", as: "admin" },
  { name: "admin-search", path: "/admin/search?q=farebox", as: "admin" },
  { name: "admin-new-plan", path: "/admin/new-plan", as: "admin" },
  { name: "admin-new-model", path: "/admin/new-model", as: "admin" },
  { name: "admin-setup", path: "/admin/setup", as: "admin" },
  { name: "admin-setup-catalog", path: "/admin/setup?catalog=credits", as: "admin" },
  { name: "admin-plan", path: "/admin/plans/pro", as: "admin" },
  { name: "admin-model", path: "/admin/models/small", as: "admin" },
] as const satisfies readonly PageSpec[];
export type TestPage = (typeof PAGES)[number];

/** Returns the URL of a page, with the member's ids in it. */
export const pageUrl = ({ path }: TestPage, { ids }: Viewers): string =>
  path.replace(
    /:(\w+)/,
    (_, name: string) => Object.entries(ids).find(([key]) => key === name)?.[1] ?? name,
  );
