CREATE TABLE `sign_in_places` (
	`user_id` text NOT NULL,
	`device` text NOT NULL,
	`country` text NOT NULL,
	`first_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `device`, `country`)
);
--> statement-breakpoint
ALTER TABLE `sessions` ADD `last_seen_at` integer;