import { z } from "zod";
import type { Config } from "../config.ts";
import { fail } from "../errors.ts";
import { router } from "../http/factory.ts";
import { refuse } from "../http/respond.ts";
import { lineField } from "../http/text.ts";
import { validate } from "../http/validate.ts";
import type { Caller } from "./caller.ts";
import { eraseUser } from "./erase-user.ts";
import { requireCaller, requireSession, requireSessionCaller } from "./guard.ts";
import { passwordField } from "./passwords/password-rules.ts";
import { confirmPassword } from "./sessions/sign-in.ts";
import { checkSignInRateLimit } from "./sessions/sign-in-rate-limit.ts";
import { auditErasure, auditProfileUpdate } from "./users/admin-audit.ts";
import { emailField, normalizeEmail } from "./users/email.ts";
import { loadUserView } from "./users/user-view.ts";
import { findUser, type User, updateProfile } from "./users/users.ts";

/**
 * `currentPassword` is always the caller's own, an admin's too: it proves who sits at the keyboard.
 */
const updateProfileParams = z.strictObject({
  name: lineField(200).nullable().optional(),
  email: emailField.optional(),
  currentPassword: passwordField.optional(),
});
const eraseUserParams = z.strictObject({ currentPassword: passwordField });

const isProfileField = (field: string): boolean => field !== "currentPassword";

const USER_NOT_FOUND = fail("not_found", "There is no such user.");

const ADMIN_EMAIL_LOCKED = fail(
  "conflict",
  "email: ADMIN_EMAILS names this address, so whoever signed up with it next would be an admin. Have it taken out there first.",
  { param: "email" },
);

/**
 * Whether a user gives an address up that makes an admin of whoever signs up with it. @param next
 * the new one; undefined for none
 */
const releasesAdminEmail = (
  { ADMIN_EMAILS }: Config,
  user: User | undefined,
  next?: string,
): boolean => {
  const now = normalizeEmail(user?.email ?? "");
  return ADMIN_EMAILS.includes(now) && (next === undefined || normalizeEmail(next) !== now);
};

/**
 * Whose user is meant: the caller's own, or anyone's for an admin. Undefined when the caller may
 * not even know that it exists.
 */
function resolveUserId(caller: Caller, param: string): string | undefined {
  if (param === "me" || param === caller.userId) return caller.userId;
  return caller.role === "admin" ? param : undefined;
}

/** `/api/users`: a user's own data. */
export const userRoutes = router()
  .get("/:userId", requireCaller("read"), async (c) => {
    const { db } = c.var.ctx;
    const target = resolveUserId(c.var.caller, c.req.param("userId"));
    const user = target === undefined ? undefined : await findUser(db, target);
    const view = user === undefined ? USER_NOT_FOUND : await loadUserView(c.var.ctx, user);
    return view.ok ? c.json(view.value) : refuse(c, view.failure);
  })
  .patch("/:userId", requireCaller("write"), validate("json", updateProfileParams), async (c) => {
    const { db } = c.var.ctx;
    const { caller } = c.var;
    const target = resolveUserId(caller, c.req.param("userId"));
    if (target === undefined) return refuse(c, USER_NOT_FOUND.failure);
    const { name, email, currentPassword } = c.req.valid("json");
    if (email !== undefined) {
      const session = requireSessionCaller(caller);
      if (!session.ok) return refuse(c, session.failure);
      if (currentPassword === undefined) {
        const message = "currentPassword: to change the address, send your password too.";
        return refuse(c, { code: "invalid_request", message, param: "currentPassword" });
      }
      const allowed = await checkSignInRateLimit(
        c.env.AUTH_RATE_LIMIT,
        "password",
        c.req.raw.headers,
        caller.userId,
      );
      const confirmed = allowed.ok
        ? await confirmPassword(db, caller.userId, currentPassword)
        : allowed;
      if (!confirmed.ok) return refuse(c, confirmed.failure);
      if (releasesAdminEmail(c.var.ctx.config, await findUser(db, target), email))
        return refuse(c, ADMIN_EMAIL_LOCKED.failure);
    }
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email, emailNormalized: normalizeEmail(email) }),
    };
    const nowMs = Date.now();
    const notes = auditProfileUpdate(
      db,
      caller,
      target,
      Object.keys(c.req.valid("json")).filter(isProfileField),
      nowMs,
    );
    const changed = await updateProfile(db, target, change, nowMs, notes);
    const user = await findUser(db, target);
    if (user === undefined) return refuse(c, USER_NOT_FOUND.failure);
    if (!changed)
      return refuse(c, {
        code: "email_taken",
        message: "Another user has this address.",
        param: "email",
      });
    const view = await loadUserView(c.var.ctx, user);
    return view.ok ? c.json(view.value) : refuse(c, view.failure);
  })
  .delete("/:userId", requireSession, validate("json", eraseUserParams), async (c) => {
    const { db } = c.var.ctx;
    const { caller } = c.var;
    const target = resolveUserId(caller, c.req.param("userId"));
    const user = target === undefined ? undefined : await findUser(db, target);
    if (user === undefined) return refuse(c, USER_NOT_FOUND.failure);
    const allowed = await checkSignInRateLimit(
      c.env.AUTH_RATE_LIMIT,
      "password",
      c.req.raw.headers,
      caller.userId,
    );
    const confirmed = allowed.ok
      ? await confirmPassword(db, caller.userId, c.req.valid("json").currentPassword)
      : allowed;
    if (!confirmed.ok) return refuse(c, confirmed.failure);
    if (releasesAdminEmail(c.var.ctx.config, user)) return refuse(c, ADMIN_EMAIL_LOCKED.failure);
    const nowMs = Date.now();
    await auditErasure(db, caller, user.id, nowMs);
    const erased = await eraseUser(c.var.ctx, user.id);
    return erased.ok ? c.body(null, 204) : refuse(c, erased.failure);
  });
