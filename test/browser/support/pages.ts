import type { Viewers } from "./viewers.ts";

interface PageSpec {
  readonly name: string;
  /** The path, in which a part that begins with a colon is replaced by an id of the member. */
  readonly path: string;
  /** The kind of user that views the page. */
  readonly as: "visitor" | "member" | "admin";
}

/** Every page that can be opened by its address. */
export const PAGES = [
  { name: "home", path: "/", as: "visitor" },
  { name: "pricing", path: "/pricing", as: "visitor" },
  { name: "signup", path: "/signup", as: "visitor" },
  { name: "login", path: "/login", as: "visitor" },
  { name: "confirm", path: "/confirm?token=abc", as: "visitor" },
  { name: "forgot", path: "/forgot", as: "visitor" },
  { name: "reset", path: "/reset?token=abc", as: "visitor" },
  { name: "marketplace", path: "/marketplace", as: "visitor" },
  { name: "agent", path: "/agents/:agent", as: "visitor" },
  { name: "docs", path: "/docs", as: "visitor" },
  { name: "cancel", path: "/cancel?canceled=true", as: "visitor" },
  { name: "plans", path: "/pricing?currency=usd&interval=year", as: "member" },
  { name: "success", path: "/success?session_id=:session", as: "member" },
  { name: "dashboard", path: "/dashboard", as: "member" },
  { name: "verify", path: "/verify", as: "member" },
  { name: "credits", path: "/credits", as: "member" },
  { name: "activity", path: "/activity", as: "member" },
  { name: "keys", path: "/keys", as: "member" },
  { name: "chat-new", path: "/chat", as: "member" },
  { name: "chat", path: "/chat/:conversation", as: "member" },
  { name: "agents", path: "/agents", as: "member" },
  { name: "agents-edit", path: "/agents/:agent/edit", as: "member" },
  { name: "agents-licensed", path: "/agents/licensed", as: "member" },
  { name: "agents-earnings", path: "/agents/earnings", as: "member" },
  { name: "admin", path: "/admin", as: "admin" },
  { name: "admin-users", path: "/admin/users", as: "admin" },
  { name: "admin-user", path: "/admin/users/:member", as: "admin" },
  { name: "admin-usage", path: "/admin/usage", as: "admin" },
  { name: "admin-orders", path: "/admin/orders", as: "admin" },
  { name: "admin-order", path: "/admin/orders/:order", as: "admin" },
  { name: "admin-events", path: "/admin/events", as: "admin" },
  { name: "admin-drift", path: "/admin/drift", as: "admin" },
  { name: "admin-audit", path: "/admin/audit", as: "admin" },
  { name: "admin-mails", path: "/admin/mails", as: "admin" },
  { name: "admin-catalog", path: "/admin/catalog", as: "admin" },
  { name: "admin-model", path: "/admin/models/small", as: "admin" },
] as const satisfies readonly PageSpec[];
export type TestPage = (typeof PAGES)[number];

/** Returns the URL of a page, with the member's ids in it. */
export const pageUrl = ({ path }: TestPage, { ids }: Viewers): string =>
  path.replace(
    /:(\w+)/,
    (_, name: string) => Object.entries(ids).find(([key]) => key === name)?.[1] ?? name,
  );
