DROP INDEX `users_of_plan_by_address`;--> statement-breakpoint
DROP INDEX `users_of_role_by_address`;--> statement-breakpoint
DROP INDEX `users_of_plan_and_role_by_address`;--> statement-breakpoint
DROP INDEX `users_by_time`;--> statement-breakpoint
CREATE INDEX `users_by_time` ON `users` (`created_at`,`id`,`email_normalized`,`name`) WHERE erasing_at is null;