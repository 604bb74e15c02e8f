ALTER TABLE `users` ADD `suspended_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `suspension_reason` text;--> statement-breakpoint
ALTER TABLE `users` ADD `pauses_subscriptions` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `suspension_no` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `suspension_settled_no` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `users_of_unsettled_suspensions` ON `users` (`suspension_no`) WHERE suspension_no > suspension_settled_no;