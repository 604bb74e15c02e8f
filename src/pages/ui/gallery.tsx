import { createMiddleware } from "hono/factory";
import { Empty, Field, Notice } from "../components.tsx";
import type { PageContext, PageEnv } from "../context.ts";
import { renderPage } from "../layout.tsx";
import { Table } from "../table.tsx";
import { Confirm } from "./confirm.tsx";
import { Icon } from "./icon.tsx";
import { ICON_NAMES } from "./icon-names.ts";
import { Menu } from "./menu.tsx";
import { PageTitle } from "./page-title.tsx";
import { Progress } from "./progress.tsx";
import { Segmented } from "./segmented.tsx";
import { Stat, Stats } from "./stat.tsx";
import { Time } from "./time.tsx";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "farebox.test"];

/** Middleware that hides a page from everybody but developers, who run Farebox on their machine. */
export const onlyInDevelopment = createMiddleware<PageEnv>((c, next) =>
  LOCAL_HOSTS.includes(new URL(c.var.ctx.config.PUBLIC_URL).hostname)
    ? next()
    : Promise.resolve(c.notFound()),
);

const Buttons = ({ c }: { c: PageContext }) => (
  <section>
    <h2>Buttons</h2>
    <div class="row">
      <button type="button">Primary</button>
      <button type="button" class="plain">
        <Icon name="plus" />
        Plain
      </button>
      <button type="button" class="danger">
        Danger
      </button>
      <button type="button" class="link">
        Link
      </button>
      <button type="button" disabled>
        Disabled
      </button>
      <Confirm
        c={c}
        action="/dev/ui"
        label="Delete key"
        question="Delete this key? Programs that use it stop working."
        danger
      />
      <Menu label="More actions">
        <ul>
          <li>
            <a href="#buttons">
              <Icon name="pencil" />
              Rename
            </a>
          </li>
        </ul>
      </Menu>
    </div>
  </section>
);

const Forms = () => (
  <section>
    <h2>Fields</h2>
    <Field name="plain" label="Label" hint="A hint says what to enter." />
    <Field name="wrong" label="With a problem" value="abc" error="Enter a number." />
    <p>
      <label>
        <input type="checkbox" checked /> A choice
      </label>
    </p>
  </section>
);

const States = ({ c }: { c: PageContext }) => (
  <section>
    <h2>Notices, badges, figures</h2>
    <Notice>Something to know.</Notice>
    <Notice kind="good">Something worked.</Notice>
    <Notice kind="warn">Something needs you soon.</Notice>
    <Notice kind="bad">Something failed.</Notice>
    <p class="row">
      {["", "good", "info", "warn", "bad"].map((kind) => (
        <span class={`badge ${kind}`}>{kind === "" ? "neutral" : kind}</span>
      ))}
    </p>
    <Stats>
      <Stat label="Credit balance" value="100.00" note="≈ $9.99" />
      <Stat label="Messages today" value="38" note="of 50" />
      <Stat label="Last message" value={<Time c={c} iso={new Date().toISOString()} />} />
    </Stats>
    {[10, 45, 50].map((value) => (
      <p>
        <Progress label={`${value} of 50`} value={value} max={50} />
      </p>
    ))}
    <Segmented
      label="Range"
      options={["7 days", "30 days", "90 days"].map((text, index) => ({
        href: "#",
        text,
        current: index === 1,
      }))}
    />
  </section>
);

/** `GET /dev/ui`: shows every part of the design system, for whoever changes it. */
export const galleryPage = (c: PageContext) =>
  renderPage(c, {
    title: "Design system",
    children: (
      <>
        <PageTitle
          title="Design system"
          lead="Every part of the pages, in each of its states."
          actions={
            <a class="button plain" href="#icons">
              Icons
            </a>
          }
        />
        <h1>Heading 1</h1>
        <h2>Heading 2</h2>
        <h3>Heading 3</h3>
        <p>
          Text, <a href="#icons">a link</a>, <code>code</code> and <span class="muted">a note</span>
          .
        </p>
        <Buttons c={c} />
        <Forms />
        <States c={c} />
        <h2>Tables and empty lists</h2>
        <Table
          rows={[{ name: "small", cost: "0.0087" }]}
          columns={[
            { head: "Model", cell: ({ name }) => name, isRowHead: true },
            { head: "Cost", cell: ({ cost }) => cost, isFigure: true },
          ]}
        />
        <Empty>Nothing here yet.</Empty>
        <h2 id="icons">Icons</h2>
        <ul class="row">
          {ICON_NAMES.map((name) => (
            <li>
              <Icon name={name} /> <span class="small muted">{name}</span>
            </li>
          ))}
        </ul>
      </>
    ),
  });
