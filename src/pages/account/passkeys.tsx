import { z } from "zod";
import { newPasskeyField } from "../../auth/index.ts";
import { type ApiClient, expectNoContent, type SuccessBody, unwrap } from "../api.ts";
import { Field } from "../components.tsx";
import type { PageContext } from "../context.ts";
import type { FormValues } from "../form-components.tsx";
import { formatTime } from "../format.ts";
import { jsonField } from "../parse-input.ts";
import { answerScript } from "../passkey-sign-in.tsx";
import { pathParam } from "../path-param.ts";
import { Table } from "../table.tsx";
import { Confirm } from "../ui/confirm.tsx";
import type { Flash } from "../ui/flash.ts";
import { CurrentPassword } from "./current-password.tsx";
import { FormRefusal, type GuardedSectionProps } from "./refused-form.tsx";

type SignInMethods = SuccessBody<ApiClient["api"]["auth"]["sign-in-methods"]["$get"]>;

const passkeyForm = z.object({
  challengeId: z.string(),
  name: z.string(),
  credential: jsonField(newPasskeyField),
});

/** The reader's passkeys, and the form that adds one, which needs a script and a browser of now. */
export function PasskeysSection(props: GuardedSectionProps & { methods: SignInMethods }) {
  const { c, methods, hasPassword } = props;
  const { factors: words } = c.var.words;
  const { passkeys } = methods;
  return (
    <section class="card">
      <h2>{words.passkeys}</h2>
      <p class="muted">{words.passkeysHint}</p>
      <FormRefusal {...props} form="passkeys/remove" params={[]} />
      {passkeys.length === 0 ? null : (
        <Table
          rows={passkeys}
          columns={[
            { head: words.passkeyName, cell: ({ name }) => <bdi>{name}</bdi>, isRowHead: true },
            { head: words.added, cell: ({ createdAt }) => formatTime(c, createdAt) },
            {
              head: words.lastUsed,
              cell: ({ lastUsedAt }) => (lastUsedAt === null ? "–" : formatTime(c, lastUsedAt)),
            },
            {
              head: words.remove,
              isHeadHidden: true,
              cell: ({ id, name }) => (
                <Confirm
                  c={c}
                  action={`/account/passkeys/${id}/remove`}
                  label={
                    <>
                      {words.remove}
                      <span class="visually-hidden">: {name}</span>
                    </>
                  }
                  question={c.var.words.ask.removePasskey(name)}
                  confirm={words.remove}
                  fields={<CurrentPassword {...props} form={`passkeys/${id}`} />}
                  danger
                  kind="link"
                />
              ),
            },
          ]}
        />
      )}
      <form
        method="post"
        action="/account/passkeys"
        data-passkey="create"
        data-begin="/account/passkeys/begin"
        data-failed={words.passkeyFailed}
        hidden
      >
        <FormRefusal {...props} form="passkeys" params={[]} />
        <Field
          name="name"
          id="passkey-name"
          label={words.passkeyName}
          value={words.newName}
          required
        />
        <CurrentPassword {...props} form="passkeys" />
        <input type="hidden" name="challengeId" />
        <input type="hidden" name="credential" />
        <button type="submit" class="plain">
          {words.addPasskey}
        </button>
        <p class="error" role="alert" />
      </form>
      {hasPassword && passkeys.length > 0 ? (
        <details open={props.refused?.form === "password/remove"}>
          <summary>{words.removePassword}</summary>
          <p>{words.removePasswordHint}</p>
          <FormRefusal {...props} form="password/remove" params={["currentPassword"]} />
          <form method="post" action="/account/password/remove">
            <CurrentPassword {...props} form="password/remove" />
            <button type="submit" class="danger">
              {words.removePassword}
            </button>
          </form>
        </details>
      ) : null}
    </section>
  );
}

const passwordJson = ({ currentPassword }: FormValues) =>
  currentPassword === undefined ? {} : { currentPassword };

/** `POST /account/passkeys/begin`: what the browser makes a passkey for. For the script. */
export async function beginPasskey(c: PageContext) {
  const { currentPassword } = await c.req.parseBody();
  const json = typeof currentPassword === "string" ? { currentPassword } : {};
  return await answerScript(c, unwrap(c.var.api.api.auth.passkeys.begin.$post({ json })));
}

/** `POST /account/passkeys`: adds what the browser made. */
export async function addPasskey(c: PageContext, values: FormValues): Promise<Flash> {
  const form = passkeyForm.safeParse(values);
  // Without the script nothing was made.
  if (!form.success) return "passkeyNotAdded";
  await unwrap(c.var.api.api.auth.passkeys.$post({ json: form.data }));
  return "passkeyAdded";
}

/** `POST /account/passkeys/:passkeyId/remove` */
export async function removePasskey(c: PageContext, values: FormValues): Promise<Flash> {
  const param = { passkeyId: pathParam(c, "passkeyId") };
  const route = c.var.api.api.auth.passkeys[":passkeyId"];
  await expectNoContent(route.$delete({ param, json: passwordJson(values) }));
  return "passkeyRemoved";
}

/** `POST /account/password/remove`: the reader signs in by passkey alone from then on. */
export async function removePassword(c: PageContext, values: FormValues): Promise<Flash> {
  await expectNoContent(c.var.api.api.auth.password.$delete({ json: passwordJson(values) }));
  return "passwordRemoved";
}
