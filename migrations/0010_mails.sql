CREATE TABLE `verifications` (
	`id` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_id` text,
	`email` text NOT NULL,
	`email_normalized` text NOT NULL,
	`token_hash` text NOT NULL,
	`code_hash` text,
	`code_tries` integer NOT NULL,
	`name` text,
	`password_hash` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `verifications_token_hash_unique` ON `verifications` (`token_hash`);--> statement-breakpoint
CREATE INDEX `verifications_of_address` ON `verifications` (`email_normalized`,`created_at`);--> statement-breakpoint
CREATE INDEX `verifications_of_user` ON `verifications` (`user_id`,`purpose`,`id`);--> statement-breakpoint
CREATE INDEX `verifications_expiry` ON `verifications` (`expires_at`);--> statement-breakpoint
CREATE TABLE `mails` (
	`id` text PRIMARY KEY NOT NULL,
	`once_key` text NOT NULL,
	`kind` text NOT NULL,
	`user_id` text,
	`state` text NOT NULL,
	`sealed_message` text,
	`tries` integer NOT NULL,
	`due_at` integer NOT NULL,
	`give_up_at` integer NOT NULL,
	`last_error` text,
	`provider_id` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mails_once_key_unique` ON `mails` (`once_key`);--> statement-breakpoint
CREATE INDEX `mails_due` ON `mails` (`state`,`due_at`);--> statement-breakpoint
CREATE INDEX `mails_by_state` ON `mails` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `mails_of_user` ON `mails` (`user_id`,`id`);--> statement-breakpoint
ALTER TABLE `users` ADD `email_verified_at` integer;