import { listProviders } from "../../auth/index.ts";
import { type ApiClient, expectNoContent, type ListItem, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import type { FormValues } from "../form-components.tsx";
import { formatTime } from "../format.ts";
import { pathParam } from "../path-param.ts";
import { callbackUri, renderLeaving } from "../provider-sign-in.tsx";
import { Table } from "../table.tsx";
import type { Flash } from "../ui/flash.ts";
import { CurrentPassword } from "./current-password.tsx";
import { FormRefusal, type GuardedSectionProps } from "./refused-form.tsx";

/** An account elsewhere by which the reader signs in. */
type Identity = ListItem<ApiClient["api"]["auth"]["identities"]["$get"]>;

/** The accounts elsewhere by which the reader signs in, and the forms that add one. */
export function IdentitiesSection(
  props: GuardedSectionProps & { identities: readonly Identity[] },
) {
  const { c, identities } = props;
  const { providers: words } = c.var.words;
  const providers = listProviders(c.var.ctx.config);
  if (providers.length === 0 && identities.length === 0) return null;
  return (
    <section class="card">
      <h2>{words.title}</h2>
      <p class="muted">{words.text}</p>
      <FormRefusal {...props} form="identities/remove" params={[]} />
      {identities.length === 0 ? null : (
        <Table
          rows={identities}
          columns={[
            { head: words.account, cell: ({ providerName }) => providerName, isRowHead: true },
            { head: c.var.words.account.address, cell: ({ email }) => <bdi>{email ?? "–"}</bdi> },
            { head: words.addedAt, cell: ({ createdAt }) => formatTime(c, createdAt) },
            {
              head: words.removeOne,
              isHeadHidden: true,
              cell: ({ id, providerName: name }) => (
                <details>
                  <summary>{words.remove(name)}</summary>
                  <form method="post" action={`/account/identities/${id}/remove`}>
                    <CurrentPassword {...props} form={`identities/${id}`} />
                    <button type="submit" class="danger">
                      {words.remove(name)}
                    </button>
                  </form>
                </details>
              ),
            },
          ]}
        />
      )}
      <FormRefusal {...props} form="identities" params={[]} />
      {providers.map(({ id, name }) => (
        <details>
          <summary>{words.add(name)}</summary>
          <form method="post" action="/account/identities">
            <input type="hidden" name="providerId" value={id} />
            <CurrentPassword {...props} form={`identities/add-${id}`} />
            <button type="submit" class="plain">
              {words.add(name)}
            </button>
          </form>
        </details>
      ))}
    </section>
  );
}

const passwordJson = ({ currentPassword }: FormValues) =>
  currentPassword === undefined ? {} : { currentPassword };

/** `POST /account/identities`: leads to the provider, whose answer adds the account there. */
export async function addIdentity(c: PageContext, values: FormValues): Promise<Response> {
  const { providerId = "" } = values;
  const redirectUri = callbackUri(c, providerId);
  const { url, sealedState } = await unwrap(
    c.var.api.api.auth.identities.begin.$post({
      json: {
        providerId,
        ...(redirectUri === undefined ? {} : { redirectUri }),
        ...passwordJson(values),
      },
    }),
  );
  return renderLeaving(c, providerId, url, { sealedState, next: "/account", isLink: true });
}

/** `POST /account/identities/:identityId/remove` */
export async function removeIdentity(c: PageContext, values: FormValues): Promise<Flash> {
  const param = { identityId: pathParam(c, "identityId") };
  const route = c.var.api.api.auth.identities[":identityId"];
  await expectNoContent(route.$delete({ param, json: passwordJson(values) }));
  return "identityRemoved";
}
