import { z } from "zod";
import { boundedText } from "../../http/bounded.ts";

/**
 * An e-mail address as people type it. Blanks around it are dropped; the rest is kept as typed and
 * compared in lower case.
 */
export const emailField = boundedText(254).trim().check(z.email("must be an email address"));

/**
 * Returns the form in which addresses are compared. Some mailboxes do distinguish case, but nobody
 * gives two people addresses that differ in case alone.
 */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase();
