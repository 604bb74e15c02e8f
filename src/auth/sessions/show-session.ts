import type { z } from "zod";
import { toIso } from "../../time.ts";
import { describeDevice } from "./describe-device.ts";
import type { ListedSession } from "./sessions.ts";
import type { sessionView } from "./wire.ts";

/** Shows a session to its user. The user agent itself is not shown: anybody may have written it. */
export function showSession({
  id,
  method,
  userAgent,
  country,
  city,
  ...times
}: ListedSession): Omit<z.infer<typeof sessionView>, "isCurrent"> {
  return {
    id,
    method,
    device: describeDevice(userAgent),
    country,
    city,
    createdAt: toIso(times.createdAt),
    lastSeenAt: toIso(times.lastSeenAt),
    refreshedAt: toIso(times.refreshedAt),
    expiresAt: toIso(times.expiresAt),
  };
}
