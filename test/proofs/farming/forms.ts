import type { Random } from "../support/random.ts";

/** The mailboxes of a farm: names at providers, each of which takes its addresses in many forms. */
export interface Mailbox {
  readonly name: string;
  readonly provider: "gmail" | "proton" | "fastmail" | "yahoo" | "custom";
}

const PROVIDERS = ["gmail", "proton", "fastmail", "yahoo", "custom"] as const;

export const listMailboxes = (count: number): readonly Mailbox[] =>
  Array.from({ length: count }, (_, at) => ({
    name: `farm${at.toString(36).padStart(4, "x")}`,
    provider: PROVIDERS[at % PROVIDERS.length] ?? "gmail",
  }));

const separated = (name: string, at: number, separator: string): string =>
  `${name.slice(0, at)}${separator}${name.slice(at)}`;

const inAnyCase = (text: string, draws: Random): string =>
  Array.from(text, (letter) => (draws.next() < 0.3 ? letter.toUpperCase() : letter)).join("");

/**
 * Returns an address that reaches a mailbox and was not used before.
 * @param nth makes the form one of its own
 */
export function writeAddress({ name, provider }: Mailbox, nth: number, draws: Random): string {
  const at = draws.int(1, name.length - 1);
  switch (provider) {
    case "gmail": {
      const domain = draws.pick(["gmail.com", "googlemail.com"]);
      return inAnyCase(`${separated(name, at, ".")}+${nth}@${domain}`, draws);
    }
    case "proton": {
      const domain = draws.pick(["proton.me", "protonmail.com", "pm.me"]);
      return inAnyCase(
        `${separated(name, at, draws.pick([".", "-", "_"]))}+${nth}@${domain}`,
        draws,
      );
    }
    case "fastmail":
      return draws.next() < 0.5 ? `${nth}@${name}.fastmail.com` : `${name}+${nth}@fastmail.com`;
    case "yahoo":
      return inAnyCase(`${name}-${nth}@yahoo.com`, draws);
    case "custom":
      return inAnyCase(`${name}+${nth}@farm.example`, draws);
  }
}

/** A network, as addresses of its own: an IPv4 address, or a /64 in a /48. */
export interface Network {
  /** Of which sign-ups are counted together: the IPv4 address, or the /64. */
  readonly key: string;
  /** The /48, of which five times as many are; null for IPv4. */
  readonly site: string | null;
}

/** Lists IPv4 addresses, and IPv6 sites with more networks each than the site has places for. */
export function listNetworks(ipv4: number, sites: number, networksOfSite: number): Network[] {
  const four = Array.from({ length: ipv4 }, (_, at) => ({
    key: `198.51.${Math.floor(at / 250)}.${(at % 250) + 1}`,
    site: null,
  }));
  const six = Array.from({ length: sites }, (_, site) => `2001:db8:${(site + 1).toString(16)}`);
  const inSites = six.flatMap((site) =>
    Array.from({ length: networksOfSite }, (_, at) => ({
      key: `${site}:${(at + 1).toString(16)}`,
      site,
    })),
  );
  return [...four, ...inSites];
}

/** Returns an address in a network: a neighbour of others in its /64. */
export const addressIn = ({ key, site }: Network, draws: Random): string =>
  site === null ? key : `${key}::${draws.int(1, 65_535).toString(16)}`;
