/** The words of the page of management keys, in English. */
export const enAdminKeys = {
  title: "Management keys",
  lead:
    "Your own servers use management keys to create customers, begin their sessions and chat on " +
    "their behalf. Keep them on your servers: they never work in a browser.",
  name: "Name",
  nameHint: "The server or app that uses it.",
  key: "Key",
  scopes: "Scopes",
  noScope: "Choose at least one.",
  scopeTexts: {
    users: "users: create, read, update and delete customers",
    sessions: "sessions: begin sessions, and chat on behalf of customers",
    credits: "credits: add and deduct credits",
    catalog: "catalog: change plans and models",
    read: "read: read users, the catalog, orders and reports",
  },
  expires: "Expires on",
  create: "Create management key",
  made: "Management key created",
  once: "Copy it now. It isn't shown again.",
  none: "No management keys yet",
  createdAt: "Created",
  used: "Last used",
  never: "never",
  status: "Status",
  active: "Active",
  revoked: "Revoked",
  expired: "Expired",
  revoke: "Revoke",
  revokeQuestion: (name: string) => `Revoke “${name}”? Servers that use it stop working at once.`,
  revokeConfirm: "Revoke key",
};
