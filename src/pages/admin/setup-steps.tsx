import type { ApiClient, SuccessBody } from "../api.ts";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { formatTime } from "../format.ts";
import { SetupStep, StepForm } from "./setup-step.tsx";

export type Setup = SuccessBody<ApiClient["api"]["admin"]["setup"]["$get"]>;

/** A step's form that was refused: its step, and why. */
export interface RefusedStep {
  readonly id: string;
  readonly message: string;
}

/** What each step needs to show itself. */
interface StepContext {
  readonly c: PageContext;
  readonly setup: Setup;
  /** The first step that is not done: its button is the primary one. */
  readonly next: string | null;
  readonly refused: RefusedStep | undefined;
}

const refusedAt = ({ refused }: StepContext, id: string): string | undefined =>
  refused?.id === id ? refused.message : undefined;

export function StripeStep(context: StepContext) {
  const { c, setup } = context;
  const { setup: words } = c.var.words;
  const { state, problem, accountName, mode } = setup.stripe;
  const done = words.stripe.done(accountName ?? "", words[mode]);
  const text = accountName === null ? words.stripe.failed : done;
  return (
    <SetupStep
      c={c}
      id="stripe"
      title={words.stripe.title}
      state={state}
      text={text}
      problem={problem}
    >
      {mode === "test" && state === "done" ? <p class="muted">{words.stripe.testHint}</p> : null}
    </SetupStep>
  );
}

function webhookText({ c, setup }: StepContext): string {
  const { webhook: words } = c.var.words.setup;
  const { fault, missingEvents, endpointId, lastEventAt } = setup.webhook;
  if (fault === "events") return words.faults.events(missingEvents.length);
  if (fault !== null) return words.faults[fault];
  if (lastEventAt !== null) return words.done(formatTime(c, lastEventAt));
  return endpointId === null ? words.none : words.waiting;
}

export function WebhookStep(context: StepContext) {
  const { c, setup, next } = context;
  const { webhook: words } = c.var.words.setup;
  const { state, problem, url, endpointId, fault } = setup.webhook;
  const isOpen = state === "failed" || (state === "todo" && endpointId === null);
  return (
    <SetupStep
      c={c}
      id="webhook"
      title={words.title}
      state={state}
      text={webhookText(context)}
      problem={problem}
      refused={refusedAt(context, "webhook")}
    >
      <p class="muted">
        {words.address}: <code dir="ltr">{url}</code>
      </p>
      {isOpen ? (
        <StepForm
          action="/admin/setup/webhook"
          text={fault === null ? words.create : words.repair}
          isPrimary={next === "webhook"}
        />
      ) : null}
    </SetupStep>
  );
}

export function PortalStep(context: StepContext) {
  const { c, setup, next } = context;
  const { portal: words } = c.var.words.setup;
  const { state, problem } = setup.portal;
  return (
    <SetupStep
      c={c}
      id="portal"
      title={words.title}
      state={state}
      text={state === "done" ? words.done : words.todo}
      problem={problem}
      refused={refusedAt(context, "portal")}
    >
      {state === "done" ? null : (
        <StepForm action="/admin/setup/portal" text={words.create} isPrimary={next === "portal"} />
      )}
    </SetupStep>
  );
}

export function UpstreamSteps(context: StepContext) {
  const { c, setup, next } = context;
  const { upstream: words, lastChecked } = c.var.words.setup;
  const texts = { done: words.done, todo: words.todo, failed: words.failed };
  return (
    <>
      {setup.upstreams.map(({ name, state, problem, checkedAt }) => {
        const id = `upstream-${name}`;
        return (
          <SetupStep
            c={c}
            id={id}
            title={words.title(name)}
            state={state}
            text={texts[state]}
            problem={problem}
            refused={refusedAt(context, id)}
          >
            {state === "failed" ? <p>{words.next}</p> : null}
            {checkedAt === null ? null : (
              <p class="muted">{lastChecked(formatTime(c, checkedAt))}</p>
            )}
            <StepForm
              action={`/admin/setup/upstreams/${encodeURIComponent(name)}`}
              text={words.test}
              isPrimary={next === id}
            >
              <Field
                id={`${id}-model`}
                name="model"
                label={words.model}
                hint={words.modelHint}
                autocomplete="off"
              />
            </StepForm>
          </SetupStep>
        );
      })}
    </>
  );
}

export function MailStep(context: StepContext) {
  const { c, setup, next } = context;
  const { mail: words, lastChecked } = c.var.words.setup;
  const { state, problem, checkedAt, from } = setup.mail;
  const texts = { done: words.done, todo: words.todo, failed: () => words.failed };
  return (
    <SetupStep
      c={c}
      id="mail"
      title={words.title}
      state={state}
      text={from === null ? words.off : texts[state](from)}
      problem={problem}
      refused={refusedAt(context, "mail")}
    >
      {checkedAt === null ? null : <p class="muted">{lastChecked(formatTime(c, checkedAt))}</p>}
      {from === null ? null : (
        <StepForm action="/admin/setup/mail" text={words.test} isPrimary={next === "mail"} />
      )}
    </SetupStep>
  );
}

export function BrandStep({ c }: StepContext) {
  const { brand: words } = c.var.words.setup;
  return (
    <SetupStep c={c} id="brand" title={words.title} state={null} text={words.todo}>
      <a class="button plain" href="/admin/brand">
        {words.link}
      </a>
    </SetupStep>
  );
}

export function SaleStep({ c, setup }: StepContext) {
  const { sale: words } = c.var.words.setup;
  const { state, orders } = setup.sale;
  return (
    <SetupStep
      c={c}
      id="sale"
      title={words.title}
      state={state}
      text={state === "done" ? words.done(orders) : words.todo}
    >
      <a class="button plain" href={state === "done" ? "/admin/orders" : "/pricing"}>
        {state === "done" ? c.var.words.admin.orders : words.link}
      </a>
    </SetupStep>
  );
}
