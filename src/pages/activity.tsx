import { ActivityChart, ActivityStats, type Series } from "./activity-chart.tsx";
import { ActivityHead, ActivityRow, chatsPage, ENDINGS } from "./activity-row.tsx";
import { ApiRefusal, unwrap } from "./api.ts";
import { Empty, Field, Notice, Pagination } from "./components.tsx";
import type { PageContext } from "./context.ts";
import { dailyUsage } from "./dashboard-usage.tsx";
import { renderPage } from "./layout.tsx";
import { chooseRange, type Range } from "./ranges.ts";
import { refusalText } from "./refusal-text.ts";
import { PageTitle } from "./ui/page-title.tsx";
import { RangeLinks } from "./ui/range-links.tsx";

const RANGES = ["24h", "7d", "30d", "90d"] as const;
const NO_KEY = "none";

interface Filters {
  readonly model?: string;
  readonly key?: string;
  readonly ending?: (typeof ENDINGS)[number];
}

/** Returns the filters of the page's address, without the empty ones. */
function readActivityFilters(c: PageContext): Filters {
  const { model = "", key = "" } = c.req.query();
  const ending = ENDINGS.find((one) => one === c.req.query("ending"));
  return {
    ...(model === "" ? {} : { model }),
    ...(key === "" ? {} : { key }),
    ...(ending === undefined ? {} : { ending }),
  };
}

/** A choice among what there is, or all of it. A value that is not among it stays chosen. */
function Choice({
  c,
  name,
  label,
  value = "",
  options,
}: {
  c: PageContext;
  name: string;
  label: string;
  value?: string | undefined;
  options: readonly (readonly [value: string, text: string])[];
}) {
  const known = options.some(([one]) => one === value);
  const shown = value === "" || known ? options : [...options, [value, value] as const];
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">{c.var.words.activity.all}</option>
        {shown.map(([one, text]) => (
          <option value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

function FilterForm({
  c,
  filters,
  range,
  models,
  keys,
}: {
  c: PageContext;
  filters: Filters;
  range: Range;
  models: readonly string[];
  keys: readonly { readonly id: string; readonly name: string }[];
}) {
  const { activity: words } = c.var.words;
  const isFiltered = Object.keys(filters).length > 0 || range.name === "custom";
  const kept = ["show", "by"].flatMap((name) => {
    const value = c.req.query(name);
    return value === undefined ? [] : [<input type="hidden" name={name} value={value} />];
  });
  return (
    <form method="get" class="row">
      {kept}
      <Choice
        c={c}
        name="model"
        label={words.model}
        value={filters.model}
        options={models.map((model) => [model, model] as const)}
      />
      <Choice
        c={c}
        name="key"
        label={words.key}
        value={filters.key}
        options={[[NO_KEY, words.webChat], ...keys.map(({ id, name }) => [id, name] as const)]}
      />
      <Choice
        c={c}
        name="ending"
        label={words.status}
        value={filters.ending}
        options={ENDINGS.map((ending) => [ending, words.statuses[ending]] as const)}
      />
      <Field name="from" label={words.from} type="date" value={range.from} />
      <Field name="to" label={words.to} type="date" value={range.to} />
      <button type="submit" class="plain">
        {words.apply}
      </button>
      {isFiltered ? <a href="/activity">{words.clear}</a> : null}
    </form>
  );
}

/** Returns a series, or why there is none: there may be too many messages to look at. */
async function loadSeries(
  c: PageContext,
  filters: Filters,
  range: Range,
  by: "model" | "key",
): Promise<Series | string> {
  const time = range.name === "24h" ? { hours: "24" } : { from: range.from, to: range.to };
  try {
    return await unwrap(
      c.var.api.api.usage.series.$get({ query: { ...filters, ...time, by, compare: "previous" } }),
    );
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 400) return refusalText(c, error);
    throw error;
  }
}

/** `GET /activity?range=&model=&key=&ending=&from=&to=`: shows the reader's messages, summed up. */
export async function activityPage(c: PageContext) {
  const { api } = c.var.api;
  const { activity: words } = c.var.words;
  const filters = readActivityFilters(c);
  const range = chooseRange(c.req.query(), RANGES, "30d", Date.now());
  const by = c.req.query("by") === "key" ? "key" : "model";
  const days = { from: range.from, to: range.to };
  const cursor = c.req.query("cursor");
  const [chats, series, daily, keys] = await Promise.all([
    unwrap(
      api.usage.chats.$get({
        query: { limit: "25", ...filters, ...days, ...(cursor === undefined ? {} : { cursor }) },
      }),
    ).then((answer) => chatsPage.parse(answer)),
    loadSeries(c, filters, range, by),
    unwrap(api.usage.daily.$get({ query: days })).then((answer) => dailyUsage.parse(answer)),
    unwrap(api["api-keys"].$get({ query: { limit: "100" } })),
  ]);
  // The list of messages goes by whole days. Of the last 24 hours the rest is left out.
  const sinceMs = range.name === "24h" && typeof series !== "string" ? Date.parse(series.from) : 0;
  const shown = chats.data.filter(({ endedAt }) => Date.parse(endedAt) >= sinceMs);
  const csvQuery = new URLSearchParams({ ...filters, ...days, format: "csv" });
  const csv = `/api/usage/chats?${csvQuery.toString()}`;
  const models = [...new Set(daily.days.map(({ model }) => model))].toSorted();
  return renderPage(c, {
    title: words.title,
    styles: ["/charts.css", "/activity.css"],
    scripts: ["/charts.js"],
    children: (
      <>
        <PageTitle
          title={words.title}
          actions={
            <>
              <RangeLinks c={c} names={RANGES} range={range} />
              <a class="button plain" href={csv} download="chats.csv">
                {words.csv}
              </a>
            </>
          }
        />
        <FilterForm c={c} filters={filters} range={range} models={models} keys={keys.keys} />
        {typeof series === "string" ? (
          <Notice kind="warn">{series}</Notice>
        ) : (
          <>
            <ActivityStats c={c} series={series} range={range} />
            <ActivityChart c={c} series={series} by={by} />
          </>
        )}
        <h2>{words.list}</h2>
        {shown.length === 0 ? (
          <Empty>
            <p>{Object.keys(filters).length > 0 ? words.noMatch : words.none}</p>
            <a class="button plain" href="/chat">
              {words.startChat}
            </a>
          </Empty>
        ) : (
          <ul class="activity">
            <ActivityHead c={c} />
            {shown.map((chat) => (
              <ActivityRow c={c} chat={chat} />
            ))}
          </ul>
        )}
        <Pagination c={c} cursor={cursor} nextCursor={chats.nextCursor} />
      </>
    ),
  });
}
