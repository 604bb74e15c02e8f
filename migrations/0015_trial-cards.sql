CREATE TABLE `trial_cards` (
	`subscription_id` text PRIMARY KEY NOT NULL,
	`fingerprint_hash` text NOT NULL,
	`is_refused` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `trial_cards_by_fingerprint` ON `trial_cards` (`fingerprint_hash`,`is_refused`);