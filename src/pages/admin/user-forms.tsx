import { unwrap } from "../api.ts";
import { Field, Notice } from "../components.tsx";
import type { PageContext } from "../context.ts";
import { type FormValues, IdempotencyField, type Options, Select } from "../form-components.tsx";
import { formatNumber } from "../format.ts";
import { planName } from "../plan-names.ts";
import { isRejected, ManagePart, type ManageProps, ReasonField } from "./manage-part.tsx";
import type { User } from "./user-data.ts";
import { userLabel } from "./user-label.ts";
import { ROLES } from "./users.tsx";

const errorOf = ({ rejected }: ManageProps, param: string) =>
  rejected?.error.param === param ? rejected.error.message : undefined;

/** The form that grants a user credits, or deducts them. */
export function AdjustCreditsForm(props: ManageProps) {
  const { c, user, rejected } = props;
  const { customer: words } = c.var.words.admin;
  const values = rejected?.values;
  return (
    <ManagePart
      title={words.adjust}
      action={`/admin/users/${user.id}/credits`}
      hint={words.adjustHint}
      isOpen={isRejected(rejected, "credits")}
      submit={words.adjustNow}
    >
      <IdempotencyField />
      <Field
        name="credits"
        label={words.credits}
        value={values?.["credits"]}
        error={errorOf(props, "credits")}
        required
      />
      <ReasonField name="reason" label={words.adjustReason} rejected={rejected} />
      <Field
        name="expires"
        type="date"
        label={words.expiresOptional}
        value={values?.["expires"]}
        error={errorOf(props, "expiresAt")}
      />
    </ManagePart>
  );
}

/** Asks once whether credits are to be deducted. It holds what was typed. */
export function DeductQuestion({
  c,
  user,
  values,
  credits,
}: {
  c: PageContext;
  user: User;
  values: FormValues;
  /** Above 0. */
  credits: number;
}) {
  const { customer: words } = c.var.words.admin;
  const amount = formatNumber(c, credits);
  const available = user.account?.credits.available ?? 0;
  return (
    <form method="post" action={`/admin/users/${user.id}/credits`} class="card">
      <h2>{words.deductTitle(amount, userLabel(user))}</h2>
      <p>{words.deductHint(formatNumber(c, available))}</p>
      {["credits", "reason", "once"].map((name) => (
        <input type="hidden" name={name} value={values[name] ?? ""} />
      ))}
      <input type="hidden" name="confirmed" value="yes" />
      <div class="row">
        <button type="submit" class="danger solid">
          {words.deductNow(amount)}
        </button>
        <a class="button plain" href={`/admin/users/${user.id}`}>
          {words.cancel}
        </a>
      </div>
    </form>
  );
}

/** The form that agrees on a custom plan by hand. */
export const CustomPlanForm = ({ plans, ...props }: ManageProps & { plans: Options }) => {
  const { customer: words } = props.c.var.words.admin;
  const { user, rejected } = props;
  return (
    <ManagePart
      title={words.agreed}
      action={`/admin/users/${user.id}/plan`}
      hint={words.agreedHint}
      isOpen={isRejected(rejected, "planId")}
      submit={words.agreedNow}
    >
      <Select
        name="planId"
        label={words.customPlan}
        value={user.assignedPlanId ?? ""}
        options={[["", words.agreedNone], ...plans]}
        error={errorOf(props, "planId")}
      />
    </ManagePart>
  );
};

/** The form that changes a user's role. */
export const RoleForm = (props: ManageProps) => {
  const { c, user, rejected } = props;
  const { customer: words, roles } = c.var.words.admin;
  return (
    <ManagePart
      title={words.role}
      action={`/admin/users/${user.id}/role`}
      hint={words.roleHint}
      isOpen={isRejected(rejected, "role")}
      submit={words.roleNow}
    >
      <Select
        name="role"
        label={words.role}
        value={user.role}
        options={ROLES.map((role) => [role, roles[role]])}
        error={errorOf(props, "role")}
      />
    </ManagePart>
  );
};

/** Says that a user is suspended, why, and whether that is in force everywhere. */
export function SuspensionNotice({ c, user }: { c: PageContext; user: User }) {
  const { customer: words } = c.var.words.admin;
  const { suspendedAt, suspensionReason, suspensionPending } = user;
  return (
    <>
      {suspendedAt === null ? null : (
        <Notice kind="bad">
          <p>
            <strong>{words.suspended}</strong> <bdi>{suspensionReason}</bdi>
          </p>
        </Notice>
      )}
      {suspensionPending ? <Notice kind="warn">{words.suspendPending}</Notice> : null}
    </>
  );
}

/** Lists the custom plans on sale, and the plan that is assigned to the user. */
export async function listCustomPlans(
  c: PageContext,
  assignedPlanId: string | null,
): Promise<Options> {
  const { data } = await unwrap(c.var.api.api.admin.plans.$get({ query: { limit: "100" } }));
  return data
    .filter((plan) => (plan.kind === "custom" && plan.isActive) || plan.id === assignedPlanId)
    .map((plan) => [plan.id, planName(c, plan)]);
}
