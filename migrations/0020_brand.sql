CREATE TABLE `brand_choices` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text,
	`accent` text,
	`support` text,
	`terms` text,
	`privacy` text,
	`imprint` text,
	`home` text,
	`logo_digest` text,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `brand_logos` (
	`digest` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`base64` text NOT NULL,
	`created_at` integer NOT NULL
);
