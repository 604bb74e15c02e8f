CREATE TABLE `sign_up_counts` (
	`day` text NOT NULL,
	`step` text NOT NULL,
	`network_hash` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`day`, `step`, `network_hash`)
);
--> statement-breakpoint
CREATE TABLE `spent_free_allowances` (
	`address_hash` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `spent_free_allowances_expiry` ON `spent_free_allowances` (`expires_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `free_address` text;--> statement-breakpoint
ALTER TABLE `users` ADD `has_free_allowance` integer DEFAULT true NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `users_free_address_unique` ON `users` (`free_address`);