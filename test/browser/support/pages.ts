/** Whose eyes a page is looked at with. */
export type Onlooker = "visitor" | "member" | "admin";

export interface ShownPage {
  readonly name: string;
  readonly path: string;
  readonly as: Onlooker;
}

/** Every page that can be opened by its address. The member has used all there is (`members.ts`). */
export const PAGES: readonly ShownPage[] = [
  { name: "home", path: "/", as: "visitor" },
  { name: "pricing", path: "/pricing", as: "visitor" },
  { name: "signup", path: "/signup", as: "visitor" },
  { name: "login", path: "/login", as: "visitor" },
  { name: "cancel", path: "/cancel?canceled=true", as: "visitor" },
  { name: "dashboard", path: "/dashboard", as: "member" },
  { name: "plans", path: "/pricing", as: "member" },
  { name: "credits", path: "/credits", as: "member" },
  { name: "activity", path: "/activity", as: "member" },
  { name: "keys", path: "/keys", as: "member" },
];
