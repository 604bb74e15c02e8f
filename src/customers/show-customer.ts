import { loadUserView, type User } from "../auth/index.ts";
import type { Context } from "../context.ts";
import { ok, type Result } from "../errors.ts";
import { type CustomerView, showCustomer } from "./wire.ts";

/** Loads the view of a user of the founder's backend, with plan and balance. */
export async function loadCustomer(ctx: Context, user: User): Promise<Result<CustomerView>> {
  const view = await loadUserView(ctx, user);
  return view.ok ? ok(showCustomer(user, view.value)) : view;
}

/** Loads the views of a page of them. */
export async function loadCustomers(
  ctx: Context,
  users: readonly User[],
): Promise<Result<CustomerView[]>> {
  const views: CustomerView[] = [];
  for (const view of await Promise.all(users.map((user) => loadCustomer(ctx, user)))) {
    if (!view.ok) return view;
    views.push(view.value);
  }
  return ok(views);
}
