import { isMailOn } from "../../mail/index.ts";
import { type ApiClient, expectNoContent, type SuccessBody, unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import type { FormValues } from "../form-components.tsx";
import { formatTime } from "../format.ts";
import { trimInput } from "../parse-input.ts";
import type { Flash } from "../ui/flash.ts";
import { FormRefusal, fieldError, type GuardedSectionProps } from "./refused-form.tsx";

/** The section, with the reader's address and the one to change to. */
type Props = GuardedSectionProps & {
  readonly email: SuccessBody<ApiClient["api"]["auth"]["email"]["$get"]>;
};

/** The change of address that waits for its proof. */
function PendingAddress({ c, email: { pending } }: Props) {
  const { account: words } = c.var.words;
  if (pending === null) return null;
  return (
    <Notice kind="warn">
      <p>{words.pending(pending.email, formatTime(c, pending.expiresAt))}</p>
      <div class="row">
        <a class="button plain" href="/verify">
          {words.enterCode}
        </a>
        <form method="post" action="/account/address/keep">
          <button type="submit" class="plain">
            {words.keepAddress}
          </button>
        </form>
      </div>
    </Notice>
  );
}

function AddressForm(props: Props) {
  const { c, refused, hasPassword, email } = props;
  const { account: words } = c.var.words;
  const isRefused = refused?.form === "address";
  const { ctx } = c.var;
  const isProvedFirst = isMailOn(ctx) && (email.verified || ctx.config.FREE_PLAN_NEEDS_PROOF);
  return (
    <details open={isRefused}>
      <summary>{words.changeAddress}</summary>
      <FormRefusal {...props} form="address" params={["email", "currentPassword"]} />
      <form method="post" action="/account/address">
        <Field
          name="email"
          label={words.newAddress}
          type="email"
          value={isRefused ? refused.values["email"] : undefined}
          hint={isProvedFirst ? words.provedFirst : undefined}
          error={fieldError(props, "address", "email")}
          autocomplete="email"
          required
        />
        {hasPassword ? (
          <Field
            name="emailPassword"
            label={words.currentPassword}
            type="password"
            error={fieldError(props, "address", "currentPassword")}
            autocomplete="current-password"
            required
          />
        ) : (
          <p class="hint">{words.recentHint}</p>
        )}
        <button type="submit" class="plain">
          {words.changeAddress}
        </button>
      </form>
    </details>
  );
}

/** The reader's name and address. */
export function ProfileSection(props: Props) {
  const { c, refused, email } = props;
  const { account: words } = c.var.words;

  const name = refused?.form === "name" ? refused.values["name"] : c.var.viewer?.name;
  return (
    <section class="card">
      <h2>{words.profile}</h2>
      <FormRefusal {...props} form="name" params={["name"]} />
      <form method="post" action="/account/name">
        <Field
          name="name"
          label={words.name}
          value={name ?? ""}
          hint={words.nameHint}
          error={fieldError(props, "name", "name")}
          autocomplete="name"
        />
        <button type="submit">{words.saveName}</button>
      </form>
      <h3>{words.address}</h3>
      <p>
        <bdi>{email.email}</bdi>{" "}
        {email.verified ? (
          <span class="badge">{words.proved}</span>
        ) : (
          <span class="badge warn">{words.unproved}</span>
        )}{" "}
        {email.verified || !isMailOn(c.var.ctx) ? null : <a href="/verify">{words.prove}</a>}
      </p>
      <PendingAddress {...props} />
      <AddressForm {...props} />
    </section>
  );
}

const ME = { userId: "me" };

/** `POST /account/name`: changes the name; an empty one is none. */
export async function changeName(c: PageContext, values: FormValues): Promise<Flash> {
  const name = trimInput(values["name"] ?? "");
  const json = { name: name === "" ? null : name };
  await unwrap(c.var.api.api.users[":userId"].$patch({ param: ME, json }));
  return "name";
}

/** `POST /account/address`: changes the address, or begins to: where mails are sent. */
export async function changeAddress(c: PageContext, values: FormValues): Promise<Flash> {
  const email = trimInput(values["email"] ?? "");
  const password = values["emailPassword"];
  const proof = password === undefined ? {} : { currentPassword: password };
  const user = await unwrap(
    c.var.api.api.users[":userId"].$patch({ param: ME, json: { email, ...proof } }),
  );
  return user.email === email ? "email" : "proof";
}

/** `POST /account/address/keep`: keeps the present address after all. */
export async function keepAddress(c: PageContext): Promise<Flash> {
  await expectNoContent(c.var.api.api.auth.email.pending.$delete());
  return "keep";
}
