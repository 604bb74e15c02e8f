import type { PageContext } from "../context.ts";
import { Select } from "../form-components.tsx";
import { Table } from "../table.tsx";
import { Time } from "../ui/time.tsx";
import { isRejected, ManagePart, type ManageProps, ReasonField } from "./manage-part.tsx";
import { RowMenu } from "./row-menu.tsx";
import type { ApiKey, Session } from "./user-data.ts";

export const SUBSCRIPTION_CHOICES = ["keep", "pause"] as const;

/** The form that suspends a user, or ends a suspension. */
export function SuspensionForm({ c, user, rejected }: ManageProps) {
  const { customer: words } = c.var.words.admin;
  const path = `/admin/users/${user.id}`;
  if (user.suspendedAt !== null)
    return (
      <ManagePart
        title={words.reactivate}
        action={`${path}/resume`}
        hint=""
        isOpen={isRejected(rejected, "resumeReason")}
        submit={words.reactivateNow}
      >
        <ReasonField name="resumeReason" label={words.reason} rejected={rejected} />
      </ManagePart>
    );
  return (
    <ManagePart
      title={words.suspend}
      action={`${path}/suspend`}
      hint={words.suspendHint}
      isOpen={isRejected(rejected, "suspendReason")}
      submit={words.suspendNow}
      isDanger
    >
      <ReasonField name="suspendReason" label={words.reason} rejected={rejected} />
      <Select
        name="subscriptions"
        label={words.paidSubscriptions}
        value={rejected?.values["subscriptions"]}
        options={SUBSCRIPTION_CHOICES.map((choice) => [choice, words.choices[choice]])}
      />
    </ManagePart>
  );
}

/** The form that removes the authenticator app of a user who lost it. */
export const SecondFactorForm = ({ c, user, rejected }: ManageProps) => {
  const { customer: words } = c.var.words.admin;
  return (
    <ManagePart
      title={words.lostApp}
      action={`/admin/users/${user.id}/totp`}
      hint={words.lostAppHint}
      isOpen={isRejected(rejected, "totpReason")}
      submit={words.lostAppNow}
      isDanger
    >
      <ReasonField name="totpReason" label={words.reason} rejected={rejected} />
    </ManagePart>
  );
};

/** Returns the device of a session in words. */
function deviceText(c: PageContext, { device: { browser, system } }: Session): string {
  const { account, admin } = c.var.words;
  if (browser !== null && system !== null) return account.on(browser, system);
  return browser ?? system ?? admin.customer.unknownDevice;
}

/** A user's sessions, with the form that ends one or all of them. */
export function SessionSection({
  c,
  user,
  sessions,
  rejected,
}: ManageProps & { sessions: readonly Session[] }) {
  const { admin, common } = c.var.words;
  const { customer: words } = admin;
  return (
    <section>
      <h2>{words.sessions}</h2>
      <Table
        fits
        rows={sessions}
        empty={common.none}
        columns={[
          { head: words.device, cell: (session) => deviceText(c, session), isRowHead: true },
          { head: words.started, cell: ({ createdAt }) => <Time c={c} iso={createdAt} /> },
          {
            head: words.lastUsed,
            cell: ({ lastSeenAt }) => <Time c={c} iso={lastSeenAt} />,
          },
          {
            head: admin.lists.more,
            isHeadHidden: true,
            cell: ({ id }) => <RowMenu c={c} ids={[id]} />,
          },
        ]}
      />
      {sessions.length === 0 ? null : (
        <ManagePart
          title={words.signOutOpen}
          action={`/admin/users/${user.id}/sessions`}
          hint=""
          isOpen={isRejected(rejected, "sessionReason")}
          submit={words.signOut}
          isDanger
        >
          <Select
            name="sessionId"
            label={words.session}
            value={rejected?.values["sessionId"]}
            options={[
              ["", words.allSessions],
              ...sessions.map((session) => [session.id, deviceText(c, session)] as const),
            ]}
          />
          <ReasonField name="sessionReason" label={words.reason} rejected={rejected} />
        </ManagePart>
      )}
    </section>
  );
}

/** A user's API keys, with the form that revokes one. */
export function KeySection({ c, user, keys, rejected }: ManageProps & { keys: readonly ApiKey[] }) {
  const { admin, common } = c.var.words;
  const { customer: words } = admin;
  return (
    <section>
      <h2>{words.keys}</h2>
      <Table
        fits
        rows={keys}
        empty={common.none}
        columns={[
          { head: words.keyName, cell: ({ name }) => <bdi>{name}</bdi>, isRowHead: true },
          { head: words.key, cell: ({ prefix }) => <code>{prefix}…</code> },
          { head: words.scopes, cell: ({ scopes }) => scopes.join(", "), isMinor: true },
          {
            head: words.lastUsed,
            cell: ({ lastUsedAt }) =>
              lastUsedAt === null ? words.never : <Time c={c} iso={lastUsedAt} />,
          },
          {
            head: admin.lists.more,
            isHeadHidden: true,
            cell: ({ id }) => <RowMenu c={c} ids={[id]} />,
          },
        ]}
      />
      {keys.length === 0 ? null : (
        <ManagePart
          title={words.revokeOpen}
          action={`/admin/users/${user.id}/api-keys`}
          hint=""
          isOpen={isRejected(rejected, "keyReason")}
          submit={words.revoke}
          isDanger
        >
          <Select
            name="keyId"
            label={words.key}
            value={rejected?.values["keyId"]}
            options={keys.map(({ id, name, prefix }) => [id, `${name} (${prefix}…)`] as const)}
          />
          <ReasonField name="keyReason" label={words.reason} rejected={rejected} />
        </ManagePart>
      )}
    </section>
  );
}
