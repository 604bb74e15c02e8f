/** A word or turn that reads translated, and what a product writer says. */
interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
}

const MADE = "(?:API )?(?:keys?|agents?|plans?|models?|orders?|prices?|passkeys?|accounts?|codes?)";

/** The bans for English. Each is a turn that pages had, and that readers stumbled over. */
const ENGLISH: readonly Ban[] = [
  { pattern: /\b(?:begins?|began|begun) (?:anew|afresh)\b/i, instead: '"resets"' },
  { pattern: /\bbegin (?:again|a new one)\b/i, instead: '"start again", "create a new one"' },
  { pattern: /\b(?:taken?|takes|took|taking) (?:\w+ ){0,2}back\b/i, instead: '"refund", "deduct"' },
  { pattern: /\b(?:went|gone|goes|given?|gives) back\b(?! to)/i, instead: '"is refunded"' },
  { pattern: /\bfor good\b/i, instead: '"permanently", or nothing: "Delete" says it' },
  { pattern: /\b(?:is|are) good (?:for|once)\b/i, instead: '"expires after", "works once"' },
  {
    pattern: new RegExp(`\\bmak(?:es?|ing) (?:an?|another|new|the)(?: new)? ${MADE}\\b`, "i"),
    instead: '"create"',
  },
  {
    pattern: /\b(?:not|nothing|nobody|never|none|no) (?:[\w-]+ ){0,6}any ?more\b/i,
    instead: '"no longer", "was deleted"',
  },
  {
    pattern: /\bof (?:yours|theirs|ours|everybody's|Stripe's)\b/i,
    instead: 'the possessive: "your account", "Stripe\'s price"',
  },
  {
    pattern: /\bwho(?:ever)? (?:has|have|had|buys|bought|used|pays|paid)\b/i,
    instead: 'name them: "buyers", "users with a key"',
  },
  {
    pattern: /^(?:What|Whose|Who|Which) (?!changed$)[^?.]{2,38}$/,
    instead: 'a noun: "Name", "Instructions"',
  },
  { pattern: /\b(?:is|has|have) no such\b/i, instead: `"doesn't exist"` },
  { pattern: /\bmodel's seller\b/i, instead: '"model provider"' },
  { pattern: /\b(?:credits|to) to spend\b|^to spend$/i, instead: '"balance", "available"' },
  {
    pattern: /\b(?:is|are) to be (?:bought|paid|proved|had|made)\b/i,
    instead: '"must be", or the verb',
  },
  { pattern: /\b(?:has|have) to be\b/i, instead: '"must be"' },
  { pattern: /\bnot whole\b/i, instead: '"incomplete"' },
  { pattern: /\bto blame\b/i, instead: '"caused"' },
  { pattern: /\bas (?:often|many|much) as (?:it|one|they) may\b/i, instead: 'the limit: "up to"' },
  { pattern: /\bsmall letters\b/i, instead: '"lowercase"' },
  { pattern: /\b(?:out of use|off sale)\b/i, instead: '"disable", "stop selling"' },
  { pattern: /\btalk(?:s|ed|ing)? (?:to|with) (?:it|them)\b/i, instead: '"chat"' },
  { pattern: /\b(?:fares?|rides|hold, ride)\b/i, instead: '"chat", "cost": no metaphors' },
  { pattern: /\be-mails?\b/i, instead: '"email", "mail"' },
  { pattern: /\bcancelled\b/i, instead: '"canceled"' },
  { pattern: /\bcomes? to rest\b|\bis let go\b/i, instead: '"settles", "is released"' },
];

/** The bans for Arabic: calques, and words that mean something else in a billing product. */
const ARABIC: readonly Ban[] = [
  { pattern: /(?:^|[\s:(])(?:دخل|خرج)(?=[\s:/،)]|$)/, instead: "الإدخال، الإخراج" },
  { pattern: /عامل Cloudflare/, instead: "Cloudflare Worker" },
  { pattern: /رحلة/, instead: "طلب، محادثة" },
  { pattern: /لم ينجح (?:هذا|ذلك)/, instead: "حدث خطأ" },
  { pattern: /UTC/, instead: "بالتوقيت العالمي" },
  { pattern: /(?:^|[(\s])فارغ:/, instead: "اتركه فارغًا …" },
  { pattern: /(?:مليون رمز|رموز (?:الإدخال|الإخراج))/, instead: "توكن" },
  { pattern: /لا شيء (?:معروض|هنا)/, instead: "لا توجد نتائج" },
];

const hasArabic = (text: string): boolean => /\p{Script=Arabic}/u.test(text);

/** Returns the bans for a text, by its script. */
export const bansFor = (text: string): readonly Ban[] => (hasArabic(text) ? ARABIC : ENGLISH);
