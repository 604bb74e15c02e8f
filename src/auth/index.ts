/** The front door of auth: the guards, and the queries and changes of users for other rooms. */
export {
  type AuthEnv,
  type Caller,
  MANAGEMENT_SCOPES,
  type ManagementCaller,
  type ManagementScope,
  ROLES,
  type Role,
} from "./caller.ts";
export { externalIdField } from "./external/external-id.ts";
export { linkExternalId } from "./external/link-external-id.ts";
export { listExternalUsers, updateExternalUser } from "./external/manage-external-users.ts";
export { findExternalUser, provisionExternalUser } from "./external/provision-external-user.ts";
export { factorRoutes } from "./factor-routes.ts";
export { pruneChallenges } from "./factors/challenges.ts";
export { removeTotp } from "./factors/change-totp.ts";
export { loadSignInMethods } from "./factors/load-sign-in-methods.ts";
export { newPasskeyField, passkeySignatureField } from "./factors/passkey-wire.ts";
export { signInMethodsView } from "./factors/wire.ts";
export {
  identify,
  openNamedUser,
  refuseBadCredential,
  requireAdminOr,
  requireCaller,
  requireChatCaller,
  requireManagementKey,
  requireSession,
  requireSessionEvenSuspended,
} from "./guard.ts";
export { identityRoutes } from "./identity-routes.ts";
export { keyRoutes } from "./key-routes.ts";
export { keyMadeStatements } from "./keys/audit-key.ts";
export { findKeyOwners } from "./keys/find-key-owners.ts";
export { mintKeyForOrder, registerKey } from "./keys/issue-key.ts";
export { mintSessionToken } from "./keys/key-format.ts";
export { keyListQuery, showKeyPage } from "./keys/key-page.ts";
export { showKey } from "./keys/show-key.ts";
export { apiKeyListView, apiKeyView, revokedKeyView } from "./keys/wire.ts";
export { admitAnonymous, limitRequests } from "./limit-requests.ts";
export { mailPreferenceRoutes, unsubscribeRoutes } from "./mail-preference-routes.ts";
export {
  createManagementKey,
  listManagementKeys,
  revokeManagementKey,
} from "./management/management-keys.ts";
export { isNoticeNew, noticeStatements, sendsNotices } from "./notices/draft-notice.ts";
export { mailAccountNotices } from "./notices/mail-account-notices.ts";
export { loadMailPreferences } from "./notices/mail-preferences.ts";
export { mailPreferencesView } from "./notices/wire.ts";
export { ownEmailRoutes } from "./own-email-routes.ts";
export { passwordField } from "./passwords/password-rules.ts";
export { providerRoutes } from "./provider-routes.ts";
export { listProviders } from "./providers/find-provider.ts";
export { deleteIdentitiesOf, listIdentities, showIdentity } from "./providers/identities.ts";
export { identityView } from "./providers/wire.ts";
export { authRoutes } from "./routes.ts";
export { confirmCaller } from "./sessions/confirm-caller.ts";
export { endSessionsByAdmin } from "./sessions/end-sessions.ts";
export { findLastSeen } from "./sessions/find-last-seen.ts";
export { clearSessionCookie, setSessionCookie } from "./sessions/page-session.ts";
export { deleteSignInPlacesOf, listSignInPlaces } from "./sessions/record-sign-in.ts";
export { listSessions, pruneSessions } from "./sessions/sessions.ts";
export { showSession } from "./sessions/show-session.ts";
export { networkOf } from "./sessions/sign-in-rate-limit.ts";
export { pruneSignUpCounts } from "./sessions/sign-up-places.ts";
export { sessionView } from "./sessions/wire.ts";
export type { ManagementKey } from "./tables.ts";
export { userRoutes } from "./user-routes.ts";
export { checkAdminEmail } from "./users/admin-email.ts";
export { deleteErasedUser, listErasedUsers, recordErasedUser } from "./users/erased-users.ts";
export { endErasure, pruneSpentAllowances } from "./users/free-allowance.ts";
export { assignPlan, listUsers, setRole } from "./users/manage-users.ts";
export { resolveUserId } from "./users/resolve-user-id.ts";
export {
  isSuspendedUser,
  listUnsettledSuspensions,
  markSuspensionSettled,
  pushSuspension,
  resume,
  suspend,
} from "./users/suspension.ts";
export { USER_NOT_FOUND } from "./users/update-profile.ts";
export { findUserReferences, type UserReference } from "./users/user-references.ts";
export { loadUserView } from "./users/user-view.ts";
export {
  beginErasure,
  findUser,
  listOutdatedUsers,
  listUnfinishedErasures,
  markFirstPayment,
  type OutdatedUser,
  setPlanVersion,
  setUserPlan,
  type User,
} from "./users/users.ts";
export { type UserView, userView } from "./users/wire.ts";
export {
  deleteVerificationsOf,
  pruneVerifications,
} from "./verification/find-verification.ts";
export { verificationRoutes } from "./verification-routes.ts";
