import { said } from "./api.ts";
import type { PageContext } from "./context.ts";
import { figure, moment } from "./format.ts";
import { Empty, Pages } from "./parts.tsx";
import { PackCards } from "./pricing.tsx";
import { show } from "./shell.tsx";

const LINES = "20";
const GRANTS = "20";

/** `/credits`: packs, every line of the ledger with the balance after it, and where the credits come from. */
export async function creditsPage(c: PageContext) {
  const { api } = c.var.api;
  const { credits: words, common } = c.var.words;
  const cursor = c.req.query("cursor");
  const [credits, ledger, grants, plans] = await Promise.all([
    said(api.credits.$get()),
    said(api.credits.ledger.$get({ query: { limit: LINES, ...(cursor === undefined ? {} : { cursor }) } })),
    said(api.credits.grants.$get({ query: { limit: GRANTS } })),
    said(api.plans.active.$get({ query: { limit: "100" } })),
  ]);
  const amounts = [
    [words.available, credits.available],
    [words.held, credits.held],
    [words.posted, credits.posted],
  ] as const;
  return show(c, {
    title: words.title,
    children: (
      <>
        <h1>{words.title}</h1>
        <div class="grid">
          {amounts.map(([name, amount]) => (
            <section class="card">
              <span class="muted">{name}</span>
              <span class="figure">{figure(c, amount)}</span>
            </section>
          ))}
        </div>
        <h2>{words.packs}</h2>
        <PackCards c={c} plans={plans.data} />
        <h2>{words.ledger}</h2>
        {ledger.data.length === 0 ? (
          <Empty>{common.none}</Empty>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.when}</th>
                  <th scope="col">{words.what}</th>
                  <th scope="col" class="number">
                    {words.amount}
                  </th>
                  <th scope="col" class="number">
                    {words.balance}
                  </th>
                </tr>
              </thead>
              <tbody>
                {ledger.data.map((entry) => (
                  <tr>
                    <td>{entry.createdAt === null ? "" : moment(c, entry.createdAt)}</td>
                    <td>{entry.description}</td>
                    <td class="number">{figure(c, entry.amount)}</td>
                    <td class="number">{figure(c, entry.balanceAfter)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Pages c={c} cursor={cursor} nextCursor={ledger.nextCursor} />
        <h2>{words.grants}</h2>
        {grants.data.length === 0 ? (
          <Empty>{common.none}</Empty>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">{words.when}</th>
                  <th scope="col">{words.what}</th>
                  <th scope="col" class="number">
                    {words.remaining}
                  </th>
                  <th scope="col" class="number">
                    {words.of}
                  </th>
                  <th scope="col">{words.expires}</th>
                </tr>
              </thead>
              <tbody>
                {grants.data.map((grant) => (
                  <tr>
                    <td>{grant.createdAt === null ? "" : moment(c, grant.createdAt)}</td>
                    <td>
                      {grant.reason} {grant.frozen ? <span class="badge warn">{words.frozen}</span> : null}
                      {grant.voided > 0 ? <span class="badge bad">{words.back}</span> : null}
                    </td>
                    <td class="number">{figure(c, grant.remaining)}</td>
                    <td class="number">{figure(c, grant.amount)}</td>
                    <td>{grant.expiresAt === null ? words.never : moment(c, grant.expiresAt)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </>
    ),
  });
}
