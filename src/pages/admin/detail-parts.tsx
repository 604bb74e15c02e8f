import type { PageContext } from "../context.ts";
import { stripeHref } from "../stripe-href.ts";
import { Icon } from "../ui/icon.tsx";

/** A link to the list that a page belongs to. */
export const BackLink = ({ href, text }: { href: string; text: string }) => (
  <p class="back-link">
    <a class="quiet" href={href}>
      <Icon name="arrow-left" />
      {text}
    </a>
  </p>
);

/** Shows an id at Stripe, with a link to its page there where it has one; null for none. */
export const stripeLink = (c: PageContext, id: string | null) => {
  if (id === null) return null;
  const href = stripeHref(c, id);
  return href === undefined ? (
    <code>{id}</code>
  ) : (
    <a href={href} rel="noreferrer">
      <code>{id}</code>
    </a>
  );
};
