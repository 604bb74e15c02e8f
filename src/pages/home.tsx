import { Copyable } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { renderPage } from "./layout.tsx";

const curlExample = (origin: string): string => `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $FAREBOX_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "small", "messages": [{"role": "user", "content": "Hello"}]}'`;

/** `GET /`: introduces the product, with a request to copy. */
export function homePage(c: PageContext) {
  const { home, common } = c.var.words;
  const features = [
    [home.rideTitle, home.rideText],
    [home.exactTitle, home.exactText],
    [home.ownTitle, home.ownText],
  ];
  return renderPage(c, {
    title: home.title,
    children: (
      <>
        <h1>{home.title}</h1>
        <p class="lead">{home.lead}</p>
        <p class="row">
          <a class="button" href={c.var.viewer === null ? "/signup" : "/dashboard"}>
            {home.start}
          </a>
          <a class="button plain" href="/pricing">
            {home.seePricing}
          </a>
        </p>
        <h2>{home.curlTitle}</h2>
        <p>{home.curlText}</p>
        <Copyable
          id="curl"
          text={curlExample(c.var.ctx.config.PUBLIC_URL)}
          copy={common.copy}
          copied={common.copied}
        />
        <div class="grid">
          {features.map(([title, text]) => (
            <section class="card">
              <h3>{title}</h3>
              <p>{text}</p>
            </section>
          ))}
        </div>
      </>
    ),
  });
}
