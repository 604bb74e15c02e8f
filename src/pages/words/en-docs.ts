/** The words of the API reference in English. */
export const enDocs = {
  title: "API",
  lead: "Everything you can do on this site, you can do with the API.",
  contents: "Contents",
  file: "Download the OpenAPI document",
  start: "Getting started",
  signIn: "Sign in",
  signInText:
    "Signing in returns two tokens. Send the access token as a bearer token; it expires " +
    "after 15 minutes. Exchange the refresh token, which works once, for new tokens at " +
    "/api/auth/refresh.",
  keys: "API keys",
  keysText:
    "Create an API key here or on the API keys page. You'll see it once. Set a budget to " +
    "limit what it can spend. Endpoints that reject API keys are marked below.",
  curl: "Chat",
  curlText:
    "Path, request and stream are compatible with OpenAI's API. We reserve the maximum " +
    "cost, charge what you used, and release the rest.",
  openAi: "OpenAI SDK",
  openAiText: "Change only the base URL and the API key.",
  lists: "Lists",
  listsText:
    "Lists are paginated, newest first unless noted. Send nextCursor as cursor to get the " +
    "next page; it is null on the last page.",
  errors: "Errors",
  errorsText:
    "Errors have the shape OpenAI's SDKs expect. Rely on code, not on message, which may " +
    "change. param names the field, and details has the message's figures.",
  once: "Idempotency",
  onceText:
    "Send an Idempotency-Key with a POST request to retry it safely. Within 24 hours, the " +
    "same key returns the first response and nothing happens twice. Reusing a key for a " +
    "different request is an error.",
  units: "Money, credits, time",
  unitsText:
    "Money is an integer in the currency's minor unit (999 is $9.99, or ¥999). Credits are " +
    "decimal numbers with up to six decimals. Times are ISO 8601 in UTC. Every response has " +
    "an x-request-id: include it when you contact support.",
  search: "Search the API",
  nothingFound: "No matches. Try another word.",
  reference: "Reference",
  name: "Name",
  place: "In",
  type: "Type",
  required: "required",
  parameters: "Parameters",
  body: "Body",
  answer: "Response",
  answers: "Status codes",
  objects: "Objects",
  status: "Status",
  meaning: "Meaning",
  example: "Example",
};
