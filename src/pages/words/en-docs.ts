/** The words of the API reference in English. */
export const enDocs = {
  title: "API",
  lead: "Everything that these pages do, a program can do as well.",
  contents: "Contents",
  file: "The same as an OpenAPI document",
  start: "Getting started",
  signIn: "Sign in",
  signInText:
    "Signing in gives two tokens. Send the access token as a bearer token; it is good for " +
    "minutes. The refresh token works once, and gives the next pair at /api/auth/refresh.",
  keys: "API keys",
  keysText:
    "A program has a key, made with an access token or on the page for keys. It is shown once. " +
    "Give it a budget, and it can spend no more. What keys may not do says so below: making " +
    "other keys, for one.",
  curl: "Chat",
  curlText:
    "The path, the request and the stream are OpenAI's. Before a chat the most that it can cost " +
    "is held, and afterwards what it did cost is charged.",
  openAi: "With OpenAI's library",
  openAiText: "Change the base URL and the key. Nothing else.",
  lists: "Lists",
  listsText:
    "Lists come in pages, newest first unless it is said otherwise. Send nextCursor back as " +
    "cursor; null is the end.",
  errors: "Errors",
  errorsText:
    "Every error has this shape, as OpenAI's clients expect it. A message may change; a code " +
    "does not. param names the field that is to blame.",
  once: "Once, and not twice",
  onceText:
    "Send an Idempotency-Key with a POST, and send the request again with the same key when no " +
    "answer came: within a day you get the first answer again, and nothing is done twice. The " +
    "same key with another request is refused.",
  units: "Money, credits, time",
  unitsText:
    "Money is an integer in the currency's minor unit (999 is $9.99, and ¥999). Credits are " +
    "decimal numbers with six decimals at most. Times are ISO 8601 in UTC. Every answer has an " +
    "x-request-id: name it when you ask for help.",
  reference: "Reference",
  name: "Name",
  place: "In",
  type: "What it may be",
  required: "required",
  parameters: "Parameters",
  body: "Body",
  answer: "Answer",
  answers: "Statuses",
  objects: "Objects",
  status: "Status",
  meaning: "What it means",
  example: "Example",
};
