import { z } from "zod";

/**
 * An e-mail address as people type it: blanks around it are not part of it. Kept as typed, compared
 * in lower case.
 */
export const emailField = z.string().trim().max(254).pipe(z.email("must be an e-mail address"));

/**
 * What two addresses are compared by. Some mailboxes do tell case apart, but nobody gives two
 * people addresses that differ by it.
 */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase();
