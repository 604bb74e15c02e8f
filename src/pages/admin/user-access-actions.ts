import { expectNoContent, unwrap } from "../api.ts";
import type { PageContext } from "../context.ts";
import { readForm } from "../form-components.tsx";
import { encodePathPart, pathParam } from "../path-param.ts";
import { parseOneOf } from "./admin-components.tsx";
import { updateUser } from "./user.tsx";
import { SUBSCRIPTION_CHOICES } from "./user-access.tsx";

/** `POST /admin/users/:id/suspend`: suspends a user. */
export async function suspendUser(c: PageContext) {
  const values = await readForm(c);
  const param = { userId: pathParam(c, "id") };
  const subscriptions = parseOneOf(SUBSCRIPTION_CHOICES, values["subscriptions"]) ?? "keep";
  const json = { reason: values["suspendReason"] ?? "", subscriptions };
  return await updateUser(c, { values, told: "userSuspended", reasonField: "suspendReason" }, () =>
    unwrap(c.var.api.api.admin.users[":userId"].suspend.$post({ param, json })),
  );
}

/** `POST /admin/users/:id/resume`: resumes a user. */
export async function resumeUser(c: PageContext) {
  const values = await readForm(c);
  const param = { userId: pathParam(c, "id") };
  const json = { reason: values["resumeReason"] ?? "" };
  return await updateUser(c, { values, told: "userResumed", reasonField: "resumeReason" }, () =>
    unwrap(c.var.api.api.admin.users[":userId"].resume.$post({ param, json })),
  );
}

/** `POST /admin/users/:id/totp`: removes the authenticator app of a user who lost it. */
export async function removeUserApp(c: PageContext) {
  const values = await readForm(c);
  const param = { userId: pathParam(c, "id") };
  const json = { reason: values["totpReason"] ?? "" };
  return await updateUser(c, { values, told: "appRemoved", reasonField: "totpReason" }, () =>
    expectNoContent(c.var.api.api.admin.users[":userId"].totp.$delete({ param, json })),
  );
}

/** `POST /admin/users/:id/sessions`: ends a session of a user, or all of them. */
export async function endSessions(c: PageContext) {
  const values = await readForm(c);
  const userId = pathParam(c, "id");
  const { sessions } = c.var.api.api.admin.users[":userId"];
  const { sessionId = "" } = values;
  const json = { reason: values["sessionReason"] ?? "" };
  return await updateUser(c, { values, told: "sessionsEnded", reasonField: "sessionReason" }, () =>
    expectNoContent(
      sessionId === ""
        ? sessions.$delete({ param: { userId }, json })
        : sessions[":sessionId"].$delete({
            param: { userId, sessionId: encodePathPart(sessionId) },
            json,
          }),
    ),
  );
}

/** `POST /admin/users/:id/api-keys`: revokes an API key of a user. */
export async function revokeUserKey(c: PageContext) {
  const values = await readForm(c);
  const param = { userId: pathParam(c, "id"), keyId: encodePathPart(values["keyId"] ?? "") };
  const json = { reason: values["keyReason"] ?? "" };
  return await updateUser(c, { values, told: "keyRevoked", reasonField: "keyReason" }, () =>
    unwrap(c.var.api.api.admin.users[":userId"]["api-keys"][":keyId"].$delete({ param, json })),
  );
}
