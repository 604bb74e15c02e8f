import { endpoint } from "../endpoint.ts";
import { createParams, createPortalSession } from "../portal/create.ts";

export const portalSessions = [
  endpoint({
    method: "post",
    path: "/v1/billing_portal/sessions",
    params: createParams,
    returns: "billing_portal.session",
    run: ({ ctx, params }) => createPortalSession(ctx, params),
  }),
];
