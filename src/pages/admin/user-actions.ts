import { unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import { idempotencyHeader, readForm } from "../form-components.tsx";
import { formatNumber } from "../format.ts";
import { parseNumber } from "../parse-input.ts";
import { pathParam } from "../path-param.ts";
import { parseOneOf } from "./admin-components.tsx";
import { askToDeduct, renderUser, updateUser } from "./user.tsx";
import { ROLES } from "./users.tsx";

/**
 * `POST /admin/users/:id/credits`: grants credits, or deducts them where the number is below 0,
 * which it asks once. A form that is sent twice does so once.
 */
export async function grantCredits(c: PageContext) {
  const values = await readForm(c);
  const credits = parseNumber(values["credits"]);
  if (credits === undefined || Number.isNaN(credits))
    return await renderUser(c, {
      error: { message: c.var.words.admin.numberProblem, param: "credits" },
      values,
    });
  if (credits < 0 && values["reason"] !== "" && values["confirmed"] !== "yes")
    return await askToDeduct(c, values, -credits);
  const expiresAt =
    values["expires"] === undefined || values["expires"] === ""
      ? {}
      : { expiresAt: `${values["expires"]}T23:59:59Z` };
  const json = { credits, reason: values["reason"] ?? "", ...expiresAt };
  const { grants } = c.var.api.api.admin.users[":userId"];
  const told = credits < 0 ? "creditsDeducted" : "creditsAdded";
  const detail = formatNumber(c, Math.abs(credits));
  return await updateUser(c, { values, told, detail }, () =>
    unwrap(
      grants.$post(
        { param: { userId: pathParam(c, "id") }, json },
        idempotencyHeader(values["once"]),
      ),
    ),
  );
}

/** `POST /admin/users/:id/role`: changes a user's role. */
export async function updateRole(c: PageContext) {
  const values = await readForm(c);
  const role = parseOneOf(ROLES, values["role"]);
  return await updateUser(c, { values, told: "roleChanged" }, () =>
    unwrap(
      c.var.api.api.admin.users[":userId"].$patch({
        param: { userId: pathParam(c, "id") },
        json: { role },
      }),
    ),
  );
}

/**
 * `POST /admin/users/:id/plan`: assigns a custom plan. Without one, the user has the plan that they
 * bought.
 */
export async function assignPlan(c: PageContext) {
  const values = await readForm(c);
  const planId =
    values["planId"] === undefined || values["planId"] === "" ? null : values["planId"];
  return await updateUser(c, { values, told: "planChanged" }, () =>
    unwrap(
      c.var.api.api.admin.users[":userId"].$patch({
        param: { userId: pathParam(c, "id") },
        json: { planId },
      }),
    ),
  );
}
