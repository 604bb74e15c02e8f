CREATE TABLE `account_notices` (
	`user_id` text NOT NULL,
	`subject` text NOT NULL,
	`cause` integer NOT NULL,
	`fact` text NOT NULL,
	`noted_at` integer NOT NULL,
	`due_at` integer,
	PRIMARY KEY(`user_id`, `subject`)
);
--> statement-breakpoint
CREATE INDEX `account_notices_to_handle` ON `account_notices` (`due_at`) WHERE due_at is not null;--> statement-breakpoint
CREATE TABLE `mail_preferences` (
	`user_id` text PRIMARY KEY NOT NULL,
	`language` text,
	`balance_low` integer DEFAULT true NOT NULL,
	`allowance_used_up` integer DEFAULT true NOT NULL,
	`updated_at` integer NOT NULL
);
