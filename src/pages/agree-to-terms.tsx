import type { PageContext } from "./context.ts";

/** What a reader agrees to by signing up, as far as the operator has named it. */
export function AgreeToTerms({ c }: { c: PageContext }) {
  const { terms, privacy } = c.var.brand;
  const { agree } = c.var.words.brand;
  const links = [
    ...(terms === null ? [] : [<a href={terms}>{agree.terms}</a>]),
    ...(privacy === null ? [] : [<a href={privacy}>{agree.privacy}</a>]),
  ];
  const [first, second] = links;
  return first === undefined ? null : (
    <p class="muted small">
      {agree.before}
      {first}
      {second === undefined ? null : agree.and}
      {second}
      {agree.after}
    </p>
  );
}
