DROP INDEX `agents_listed`;--> statement-breakpoint
DROP INDEX `agents_by_state`;--> statement-breakpoint
ALTER TABLE `agents` ADD `sort_price_minor` integer GENERATED ALWAYS AS (case when price_minor is null then 0 else price_minor end) VIRTUAL;--> statement-breakpoint
CREATE INDEX `agents_by_newest` ON `agents` (`listed_at`,`id`) WHERE visibility = 'listed' and state = 'there';--> statement-breakpoint
CREATE INDEX `agents_by_popularity` ON `agents` (`popularity`,`id`) WHERE visibility = 'listed' and state = 'there';--> statement-breakpoint
CREATE INDEX `agents_by_price` ON `agents` (`sort_price_minor`,`id`) WHERE visibility = 'listed' and state = 'there';--> statement-breakpoint
CREATE INDEX `agents_to_release` ON `agents` (`created_at`) WHERE holds_place = 1 and state <> 'there';--> statement-breakpoint
DROP INDEX `overage_reports_to_send`;--> statement-breakpoint
CREATE INDEX `overage_reports_to_send` ON `overage_reports` (`next_try_at`,`used_at`) WHERE sent_at is null;--> statement-breakpoint
DROP INDEX `sessions_user`;--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`,`id`);--> statement-breakpoint
DROP INDEX `users_erasing`;--> statement-breakpoint
DROP INDEX `users_by_time`;--> statement-breakpoint
CREATE INDEX `users_by_plan` ON `users` (`plan_id`,`created_at`,`id`) WHERE erasing_at is null;--> statement-breakpoint
CREATE INDEX `users_by_role` ON `users` (`role`,`created_at`,`id`) WHERE erasing_at is null;--> statement-breakpoint
CREATE INDEX `users_by_plan_and_role` ON `users` (`plan_id`,`role`,`created_at`,`id`) WHERE erasing_at is null;--> statement-breakpoint
CREATE INDEX `users_of_plan_by_address` ON `users` (`plan_id`,`email_normalized`) WHERE erasing_at is null;--> statement-breakpoint
CREATE INDEX `users_of_role_by_address` ON `users` (`role`,`email_normalized`) WHERE erasing_at is null;--> statement-breakpoint
CREATE INDEX `users_of_plan_and_role_by_address` ON `users` (`plan_id`,`role`,`email_normalized`) WHERE erasing_at is null;--> statement-breakpoint
CREATE INDEX `users_erasing` ON `users` (`erasing_at`) WHERE erasing_at is not null;--> statement-breakpoint
CREATE INDEX `users_by_time` ON `users` (`created_at`,`id`) WHERE erasing_at is null;--> statement-breakpoint
DROP INDEX `orders_by_subject`;--> statement-breakpoint
CREATE INDEX `orders_by_user_and_time` ON `orders` (`user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `orders_that_give_plans` ON `orders` (`user_id`,`gives_plan`,`paid_at`,`id`);--> statement-breakpoint
CREATE INDEX `orders_of_user_by_kind` ON `orders` (`user_id`,`kind`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_kind` ON `orders` (`kind`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_kind_and_status` ON `orders` (`kind`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_subject` ON `orders` (`subject_id`,`user_id`,`id`);--> statement-breakpoint
DROP INDEX `stripe_events_by_object`;--> statement-breakpoint
CREATE INDEX `stripe_events_by_type` ON `stripe_events` (`type`,`received_at`,`id`);--> statement-breakpoint
CREATE INDEX `stripe_events_by_type_and_status` ON `stripe_events` (`type`,`status`,`received_at`,`id`);--> statement-breakpoint
CREATE INDEX `stripe_events_by_object` ON `stripe_events` (`object_id`,`received_at`,`id`);--> statement-breakpoint
DROP INDEX `subscription_invoices_by_user`;--> statement-breakpoint
CREATE INDEX `subscription_invoices_by_period` ON `subscription_invoices` (`user_id`,`period_end`);--> statement-breakpoint
CREATE INDEX `subscription_invoices_by_user` ON `subscription_invoices` (`user_id`,`created_at`,`id`);--> statement-breakpoint
DROP INDEX `subscriptions_by_user`;--> statement-breakpoint
CREATE INDEX `subscriptions_by_time` ON `subscriptions` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `subscriptions_by_user` ON `subscriptions` (`user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `order_keys_to_prune` ON `order_keys` (`expires_at`) WHERE sealed is not null;