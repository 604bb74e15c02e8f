import { enAccount } from "./en-account.ts";
import { enActivity } from "./en-activity.ts";
import { enAdmin } from "./en-admin.ts";
import { enAgents, enMarketplace } from "./en-agents.ts";
import { enBrand } from "./en-brand.ts";
import { enCharts } from "./en-charts.ts";
import { enChat } from "./en-chat.ts";
import { enDocs } from "./en-docs.ts";
import { enFactors } from "./en-factors.ts";
import { enHome } from "./en-home.ts";
import { enMailChoice } from "./en-mail-choice.ts";
import { enMailed } from "./en-mailed.ts";
import { enOverview } from "./en-overview.ts";
import { enProviders } from "./en-providers.ts";
import { enReports } from "./en-reports.ts";
import { enSetup } from "./en-setup.ts";
import { enShop } from "./en-shop.ts";
import { enFlash, enUi } from "./en-ui.ts";
import { enAsk, enCancel, enCredits, enDone, enKeys, enOrders, enSuccess } from "./en-wallet.ts";
import { createPluralizer } from "./plural.ts";

const plural = createPluralizer("en");
const credits = plural({ one: "# credit", other: "# credits" });

/** Every word of the pages in English. Another language is a file of the same shape (`Words`). */
export const en = {
  nav: {
    label: "Main",
    pricing: "Pricing",
    marketplace: "Marketplace",
    chat: "Chat",
    overview: "Overview",
    dashboard: "Dashboard",
    credits: "Credits",
    orders: "Orders",
    activity: "Activity",
    keys: "API keys",
    agents: "Agents",
    admin: "Admin",
    docs: "Docs",
    signIn: "Sign in",
    signUp: "Sign up",
    account: "Account",
    signOut: "Sign out",
    skip: "Skip to content",
    language: "Language",
  },
  brand: enBrand,
  home: enHome,
  pricing: {
    title: "Pricing",
    lead: "Start free. Upgrade anytime.",
    plans: "Plans",
    packs: "Credit packs",
    tiers: "Single conversations",
    monthly: "Monthly",
    yearly: "Yearly",
    once: "once",
    per: { day: "a day", week: "a week", month: "a month", year: "a year" },
    currency: "Currency",
    current: "Your plan",
    choose: (plan: string) => `Choose ${plan}`,
    buy: (pack: string) => `Buy ${pack}`,
    onRequest: "On request",
    none: "Nothing is for sale in this currency.",
    unlimited: (what: string) => `Unlimited ${what}`,
    allowance: (what: string, period: string) => `${what} ${period}`,
    beyond: (included: string, each: string, most: string | null) =>
      `${included}, then ${each} each${most === null ? "" : ` (up to ${most} more)`}`,
    credits,
    atOnce: "at once",
    a: {
      minute: "a minute",
      hour: "an hour",
      day: "a day",
      month: "a month",
      billing: "a billing period",
    },
    meters: {
      message: "messages",
      token: "tokens",
      agent: "agents",
      character: "characters",
      tool: "tool calls",
      image: "images",
      model_3d: "3D models",
    },
    counted: {
      message: plural({ one: "# message", other: "# messages" }),
      token: plural({ one: "# token", other: "# tokens" }),
      agent: plural({ one: "# agent", other: "# agents" }),
      character: plural({ one: "# character", other: "# characters" }),
      tool: plural({ one: "# tool call", other: "# tool calls" }),
      image: plural({ one: "# image", other: "# images" }),
      model_3d: plural({ one: "# 3D model", other: "# 3D models" }),
    },
    unlocks: "One conversation, with an API key",
  },
  sign: {
    inTitle: "Sign in",
    upTitle: "Sign up",
    email: "Email address",
    password: "Password",
    passwordHint: "Use at least 8 characters. Avoid common passwords.",
    name: "Name (optional)",
    inButton: "Sign in",
    upButton: "Create account",
    toUp: "Don't have an account?",
    toIn: "Already have an account?",
  },
  success: enSuccess,
  cancel: enCancel,
  turnstile: {
    needsScript: "This form checks that you're human, which needs JavaScript.",
    again: "Complete the human check again.",
  },
  dashboard: {
    held: (amount: string) => `Held for chats under way: ${amount}.`,
    frozen: (amount: string) => `Frozen while your bank disputes their payment: ${amount}.`,
    changePlan: "Change plan",
  },

  orders: enOrders,
  ask: enAsk,
  credits: enCredits,
  keys: enKeys,
  chat: enChat,
  agents: enAgents,
  marketplace: enMarketplace,
  admin: enAdmin,
  mailed: enMailed,
  factors: enFactors,
  account: enAccount,
  activity: enActivity,
  setup: enSetup,
  charts: enCharts,
  overview: enOverview,
  reports: enReports,
  providers: enProviders,
  mailChoice: enMailChoice,
  ui: enUi,
  flash: { ...enFlash, ...enAccount.told, ...enDone },
  docs: enDocs,
  shop: enShop,
  suspended: {
    notice: "Your account is suspended. Contact support.",
    chat: "You can read your conversations, but you can't send messages.",
  },
  errors: {
    title: "Something went wrong",
    notFoundTitle: "Page not found",
    notFound: "We couldn't find that page.",
    retry: "Try again",
    home: "Home",
    back: "Back",
    foreign: "Reload the page and try again.",
    signInFirst: "Sign in to continue.",
  },
  common: {
    copy: "Copy",
    copied: "Copied",
    save: "Save",
    remove: "Delete",
    cancel: "Cancel",
    next: "Older",
    first: "Newest",
    none: "Nothing here yet",
    of: (used: string, limit: string) => `${used} of ${limit}`,
    resets: (when: string) => `Resets ${when}`,
    unlimited: (used: string) => `${used} (unlimited)`,
  },
};

/** The shape of every language. */
export type Words = typeof en;
