CREATE TABLE `webhook_secrets` (
	`endpoint_id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `checks` (
	`name` text PRIMARY KEY NOT NULL,
	`is_ok` integer NOT NULL,
	`problem` text,
	`checked_at` integer NOT NULL
);
