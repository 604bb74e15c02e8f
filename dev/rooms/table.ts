import type { Rooms } from "./borders.ts";

/** A word of the kernel, and what it is for. */
const word = (purpose: string) => ({
  purpose,
  mayImport: [],
  instead: "The kernel's words import nothing, so that everything may import them.",
});
const WORDS = ["errors.ts", "ids.ts", "meters.ts", "units.ts"];
/** The words, which all but they themselves may use, and rooms by their names. */
const wordsAnd = (...names: string[]) => [...WORDS, ...names.flatMap((some) => some.split(" "))];

/**
 * The rooms of src, and who may import whom: what is not listed is refused. A room inside another
 * ("billing/orders", "billing/tables.ts") has a list of its own. From the lowest to the highest.
 */
export const ROOMS: Rooms = {
  "errors.ts": word("every way a request can be refused"),
  "ids.ts": word("what names things, with a prefix that says what"),
  "meters.ts": word("what can be counted, and what a plan lets its user do"),
  "units.ts": word("credits, money and how they are written"),
  "json.ts": { purpose: "JSON texts that remember their type", mayImport: [] },
  "db.ts": { purpose: "D1, and what may be told of its errors", mayImport: [] },
  "config.ts": { purpose: "the settings, checked", mayImport: WORDS },
  "env.ts": {
    purpose: "what the platform gives the Worker",
    mayImport: ["account", "conversations"],
  },
  http: {
    purpose: "what all routes share on the wire",
    mayImport: wordsAnd("config.ts env.ts"),
    instead: "http is what all routes share; it knows no room. Pass in what it needs.",
    isOpen: true,
  },
  catalog: {
    purpose: "what is sold and what it costs: a leaf",
    mayImport: wordsAnd("db.ts http"),
    instead: "catalog is a leaf: it tells what is sold and costs. Whoever uses it imports it.",
  },
  upstream: {
    purpose: "model vendors behind one interface: a leaf",
    mayImport: wordsAnd("config.ts"),
    instead: "upstream is a leaf: it calls vendors and knows nobody else.",
  },
  audit: {
    purpose: "the log of what moved money and what admins did: a leaf",
    mayImport: wordsAnd("db.ts"),
    instead: "audit is a leaf: it writes down what others did and knows none of them.",
  },
  account: {
    purpose: "what a user may spend; the only room that moves value",
    mayImport: wordsAnd("db.ts env.ts json.ts"),
    instead:
      "account moves value and knows no other room and no HTTP: pass facts in, return values.",
  },
  auth: {
    purpose: "who is calling",
    mayImport: wordsAnd("config.ts db.ts env.ts http account audit catalog"),
    instead:
      "auth says who is calling. What is bought, chatted or shown is for the rooms above it.",
  },
  billing: {
    purpose: "turns a payment into what was paid for, and takes it back",
    mayImport: wordsAnd("config.ts db.ts env.ts http account audit auth catalog"),
    instead: "billing turns payment into grants through account's front door; it never meets chat.",
  },
  chat: {
    purpose: "one paid completion: hold, ride, settle",
    mayImport: wordsAnd("config.ts env.ts http json.ts account audit auth catalog upstream"),
    instead: "chat rides on a hold of account's; how it was paid for is billing's.",
  },
  usage: {
    purpose: "what users see of their own account",
    mayImport: wordsAnd("db.ts env.ts http account audit auth catalog"),
    instead: "usage shows what account says; it decides nothing.",
  },
  agents: {
    purpose: "who can be talked to, and the marketplace of licences to them",
    mayImport: wordsAnd("config.ts db.ts env.ts http account audit auth billing catalog"),
    instead:
      "agents never touch money but through billing, and never talk: conversations and chat do.",
  },
  conversations: {
    purpose: "what users say and what is replied, kept",
    mayImport: wordsAnd(
      "config.ts db.ts env.ts http account agents audit auth billing catalog chat",
    ),
    instead: "conversations talk through chat and sell through billing.",
  },
  admin: {
    purpose: "the operator's view, on top",
    mayImport: wordsAnd(
      "config.ts db.ts env.ts http account agents audit auth billing catalog conversations usage",
    ),
    instead: "admin is the operator's view, on top; it does not chat.",
  },
  export: {
    purpose: "everything that a user has, in one document",
    mayImport: wordsAnd(
      "db.ts env.ts http account agents audit auth billing catalog conversations usage",
    ),
    instead: "export reads what the rooms below it hand out of a user; it changes nothing.",
  },
  openapi: {
    purpose: "the wire, described",
    mayImport: wordsAnd("http account auth billing chat"),
  },
  pages: {
    purpose: "what a person sees in a browser",
    mayImport: wordsAnd(
      "app.ts config.ts env.ts http",
      "account admin agents audit auth billing catalog conversations usage",
    ),
    instead: "pages show what the other rooms say; they do not chat.",
  },
  "app.ts": {
    purpose: "all routes, mounted",
    mayImport: wordsAnd(
      "config.ts db.ts http",
      "admin agents auth billing catalog chat conversations export openapi pages usage",
    ),
  },
  "cron.ts": {
    purpose: "what is done every minute",
    mayImport: ["config.ts", "db.ts", "env.ts", "admin", "agents", "auth", "billing"],
  },
  "index.ts": {
    purpose: "where the Worker is entered",
    mayImport: ["app.ts", "cron.ts", "env.ts", "account", "conversations"],
  },
};
