/** The rules by which a provider delivers several forms of an address to one mailbox. */
interface Provider {
  /** Its domains of one and the same mailbox, the first of which stands for all. */
  readonly domains: readonly string[];
  /** Cuts a tag off; `+` at every provider that this table does not name. */
  readonly tagSeparator?: "+" | "-";
  /** Returns one form of names whose characters make no difference. */
  readonly foldName?: (name: string) => string;
  /** Whether `anything@name.domain` is delivered to `name@domain`. */
  readonly hasNamedSubdomains?: boolean;
}

const ownMailboxes = (domains: readonly string[], rules: Omit<Provider, "domains"> = {}) =>
  domains.map((domain): Provider => ({ ...rules, domains: [domain] }));

/** The providers whose rules differ from that of `+`, each with the page that states them. */
const PROVIDERS: readonly Provider[] = [
  // https://support.google.com/mail/answer/7436150 (dots)
  // https://support.google.com/mail/answer/10313 (googlemail.com)
  { domains: ["gmail.com", "googlemail.com"], foldName: (name) => name.replaceAll(".", "") },
  // https://support.apple.com/118230: whoever has @me.com or @mac.com has it @icloud.com
  { domains: ["icloud.com", "me.com", "mac.com"] },
  // https://proton.me/support/addresses-and-aliases (domains, `+`). That dots, hyphens and
  // underscores make no difference: https://www.sindastra.de/p/1775/
  {
    domains: ["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
    foldName: (name) => name.replaceAll(/[._-]/g, ""),
  },
  // https://www.fastmail.help/hc/en-us/articles/360060591053 (`+`, and names as subdomains)
  ...ownMailboxes(["fastmail.com", "fastmail.fm"], { hasNamedSubdomains: true }),
  // https://yandex.com/support/id/authorization/email.html: a name is one's own on all domains
  { domains: ["yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua"] },
  // https://help.yahoo.com/kb/SLN28338.html: disposable addresses are name-keyword. A Yahoo ID has
  // letters, digits, underscores and dots, so no hyphen of its own.
  ...ownMailboxes(
    [
      "yahoo.com",
      "yahoo.ca",
      "yahoo.co.in",
      "yahoo.co.jp",
      "yahoo.co.uk",
      "yahoo.com.ar",
      "yahoo.com.au",
      "yahoo.com.br",
      "yahoo.com.mx",
      "yahoo.de",
      "yahoo.es",
      "yahoo.fr",
      "yahoo.in",
      "yahoo.it",
      "myyahoo.com",
      "rocketmail.com",
      "ymail.com",
    ],
    { tagSeparator: "-" },
  ),
];

const PROVIDER_OF: ReadonlyMap<string, Provider> = new Map(
  PROVIDERS.flatMap((provider) => provider.domains.map((domain) => [domain, provider])),
);

/** Returns a domain in its ASCII form (punycode), in lower case and without a last dot. */
function toAsciiDomain(domain: string): string {
  const lowerCase = domain.toLowerCase().replace(/\.$/, "");
  const url = `http://${lowerCase}`;
  return URL.canParse(url) ? new URL(url).hostname : lowerCase;
}

/** `tag@name.fastmail.com` is `name@fastmail.com`. */
function unfoldSubdomain(local: string, domain: string): readonly [string, string] {
  const [, name = "", parent = ""] = /^([^.]+)\.(.+)$/.exec(domain) ?? [];
  return PROVIDER_OF.get(parent)?.hasNamedSubdomains === true ? [name, parent] : [local, domain];
}

/**
 * Returns the form under which addresses count as one person's, for the free plan's sake: they
 * reach one mailbox. Nobody signs in by it, and no mail goes to it. Pure.
 *
 * `+` begins a tag at any domain (RFC 5233 §1): Outlook, Zoho and Google's and Microsoft's custom
 * domains have it, and hardly anybody has a name with a `+` in it. All else is for the providers
 * above: at a domain of one's own anybody makes as many addresses as they like, which no rule about
 * their form keeps off. Domains of one provider with mailboxes of their own (outlook.com,
 * hotmail.com and live.com; zoho.com and zohomail.com) stay different.
 */
export function foldEmail(email: string): string {
  const text = email.trim().normalize("NFKC").toLowerCase();
  const at = text.lastIndexOf("@");
  const written = toAsciiDomain(text.slice(at + 1));
  const [local, domain] = unfoldSubdomain(text.slice(0, Math.max(at, 0)), written);
  const {
    domains,
    tagSeparator = "+",
    foldName,
  }: Partial<Provider> = PROVIDER_OF.get(domain) ?? {};
  const ends = ["+", tagSeparator].map((separator) => local.indexOf(separator));
  const name = local.slice(0, Math.min(...ends.map((end) => (end > 0 ? end : local.length))));
  const folded = foldName?.(name) ?? name;
  return `${folded === "" ? local : folded}@${domains?.[0] ?? domain}`;
}
