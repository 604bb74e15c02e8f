import { listProviders } from "../auth/index.ts";
import type { PageContext } from "./context.ts";

/** The button that begins a sign-in at a provider. */
export const ProviderButton = ({
  c,
  id,
  name,
  next,
}: {
  c: PageContext;
  id: string;
  name: string;
  next: string;
}) => (
  <form method="post" action={`/login/${id}`}>
    <input type="hidden" name="next" value={next} />
    <button type="submit" class="plain">
      {c.var.words.providers.continueWith(name)}
    </button>
  </form>
);

/** A button for each provider by which people sign in. */
export function ProviderButtons({ c, next }: { c: PageContext; next: string }) {
  const providers = listProviders(c.var.ctx.config);
  if (providers.length === 0) return null;
  return (
    <>
      <p class="muted">{c.var.words.providers.or}</p>
      {providers.map(({ id, name }) => (
        <ProviderButton c={c} id={id} name={name} next={next} />
      ))}
    </>
  );
}
