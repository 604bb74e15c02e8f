CREATE TABLE `overage_reports` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`event_name` text NOT NULL,
	`quantity` integer NOT NULL,
	`used_at` integer NOT NULL,
	`sent_at` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`next_try_at` integer
);
--> statement-breakpoint
CREATE INDEX `overage_reports_to_send` ON `overage_reports` (`next_try_at`);--> statement-breakpoint
CREATE TABLE `usage_daily` (
	`user_id` text NOT NULL,
	`day` text NOT NULL,
	`model` text NOT NULL,
	`requests` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_input_tokens` integer DEFAULT 0 NOT NULL,
	`output_tokens` integer NOT NULL,
	`microcredits` integer NOT NULL,
	PRIMARY KEY(`user_id`, `day`, `model`)
);
--> statement-breakpoint
CREATE INDEX `usage_daily_by_day` ON `usage_daily` (`day`,`model`);--> statement-breakpoint
CREATE TABLE `agents` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`avatar_url` text,
	`system_prompt` text NOT NULL,
	`model` text NOT NULL,
	`greeting` text,
	`tools` text NOT NULL,
	`visibility` text NOT NULL,
	`price_minor` integer,
	`currency` text,
	`state` text NOT NULL,
	`holds_place` integer NOT NULL,
	`search_text` text NOT NULL,
	`popularity` integer DEFAULT 0 NOT NULL,
	`listed_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `agents_by_owner` ON `agents` (`owner_id`,`id`);--> statement-breakpoint
CREATE INDEX `agents_listed` ON `agents` (`visibility`,`listed_at`);--> statement-breakpoint
CREATE INDEX `agents_by_state` ON `agents` (`state`,`created_at`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`once_key` text,
	`at` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text NOT NULL,
	`action` text NOT NULL,
	`subject_id` text NOT NULL,
	`user_id` text,
	`reason` text,
	`before` text,
	`after` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audit_log_once_key_unique` ON `audit_log` (`once_key`);--> statement-breakpoint
CREATE INDEX `audit_log_by_subject` ON `audit_log` (`subject_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_by_user` ON `audit_log` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_by_action` ON `audit_log` (`action`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_by_actor` ON `audit_log` (`actor_id`,`id`);--> statement-breakpoint
CREATE TABLE `erased_users` (
	`user_id` text PRIMARY KEY NOT NULL,
	`erased_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `erased_users_by_time` ON `erased_users` (`erased_at`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`family_hash` text NOT NULL,
	`token_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`refreshed_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_family_hash_unique` ON `sessions` (`family_hash`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`email_normalized` text NOT NULL,
	`name` text,
	`password_hash` text NOT NULL,
	`role` text NOT NULL,
	`plan_id` text NOT NULL,
	`plan_version` integer,
	`assigned_plan_id` text,
	`first_paid_at` integer,
	`erasing_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_normalized_unique` ON `users` (`email_normalized`);--> statement-breakpoint
CREATE INDEX `users_plan` ON `users` (`plan_id`,`plan_version`);--> statement-breakpoint
CREATE INDEX `users_erasing` ON `users` (`erasing_at`);--> statement-breakpoint
CREATE INDEX `users_by_time` ON `users` (`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `checkout_sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`user_id` text NOT NULL,
	`plan_id` text,
	`stripe_id` text,
	`amount_minor` integer NOT NULL,
	`currency` text NOT NULL,
	`status` text NOT NULL,
	`url` text,
	`processed_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `checkout_sessions_stripe_id_unique` ON `checkout_sessions` (`stripe_id`);--> statement-breakpoint
CREATE INDEX `checkout_sessions_by_user` ON `checkout_sessions` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `checkout_sessions_by_order` ON `checkout_sessions` (`order_id`);--> statement-breakpoint
CREATE TABLE `cursors` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `customers` (
	`user_id` text PRIMARY KEY NOT NULL,
	`stripe_customer_id` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `customers_stripe_customer_id_unique` ON `customers` (`stripe_customer_id`);--> statement-breakpoint
CREATE TABLE `order_keys` (
	`order_id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`key_id` text NOT NULL,
	`sealed` text,
	`made_at` integer,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `orders` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`plan_id` text,
	`title` text NOT NULL,
	`subject_id` text,
	`seller_id` text,
	`seller_share_minor` integer,
	`price_id` text,
	`quantity` integer NOT NULL,
	`currency` text NOT NULL,
	`amount_minor` integer NOT NULL,
	`paid_minor` integer,
	`refunded_minor` integer DEFAULT 0 NOT NULL,
	`credits_microcredits` integer NOT NULL,
	`credits_expire_after_days` integer,
	`gives_plan` integer NOT NULL,
	`status` text NOT NULL,
	`failure_reason` text,
	`stripe_payment_intent_id` text,
	`stripe_subscription_id` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`paid_at` integer,
	`completed_at` integer,
	`next_check_at` integer
);
--> statement-breakpoint
CREATE INDEX `orders_by_user` ON `orders` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `orders_due_for_a_check` ON `orders` (`next_check_at`);--> statement-breakpoint
CREATE INDEX `orders_by_payment_intent` ON `orders` (`stripe_payment_intent_id`);--> statement-breakpoint
CREATE INDEX `orders_by_subject` ON `orders` (`subject_id`,`user_id`);--> statement-breakpoint
CREATE INDEX `orders_by_seller` ON `orders` (`seller_id`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_status` ON `orders` (`status`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_payment` ON `orders` (`paid_at`);--> statement-breakpoint
CREATE TABLE `payment_requests` (
	`id` integer PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `payment_requests_by_user` ON `payment_requests` (`user_id`,`at`);--> statement-breakpoint
CREATE INDEX `payment_requests_by_time` ON `payment_requests` (`at`);--> statement-breakpoint
CREATE TABLE `stripe_events` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`livemode` integer NOT NULL,
	`object_id` text,
	`api_version` text,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`last_error` text,
	`received_at` integer NOT NULL,
	`processed_at` integer,
	`next_try_at` integer
);
--> statement-breakpoint
CREATE INDEX `stripe_events_by_time` ON `stripe_events` (`received_at`,`id`);--> statement-breakpoint
CREATE INDEX `stripe_events_by_status` ON `stripe_events` (`status`,`received_at`,`id`);--> statement-breakpoint
CREATE INDEX `stripe_events_by_object` ON `stripe_events` (`object_id`);--> statement-breakpoint
CREATE INDEX `stripe_events_to_try` ON `stripe_events` (`next_try_at`);--> statement-breakpoint
CREATE TABLE `subscription_invoices` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`subscription_id` text NOT NULL,
	`title` text NOT NULL,
	`status` text NOT NULL,
	`currency` text NOT NULL,
	`total_minor` integer NOT NULL,
	`paid_minor` integer NOT NULL,
	`refunded_minor` integer DEFAULT 0 NOT NULL,
	`disputed` integer DEFAULT false NOT NULL,
	`credits_microcredits` integer NOT NULL,
	`taken_microcredits` integer DEFAULT 0 NOT NULL,
	`period_start` integer NOT NULL,
	`period_end` integer NOT NULL,
	`stripe_payment_intent_id` text,
	`created_at` integer NOT NULL,
	`paid_at` integer,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `subscription_invoices_by_subscription` ON `subscription_invoices` (`subscription_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `subscription_invoices_by_user` ON `subscription_invoices` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `subscription_invoices_by_payment_intent` ON `subscription_invoices` (`stripe_payment_intent_id`);--> statement-breakpoint
CREATE INDEX `subscription_invoices_by_payment` ON `subscription_invoices` (`paid_at`);--> statement-breakpoint
CREATE TABLE `subscriptions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`plan_id` text NOT NULL,
	`price_id` text NOT NULL,
	`stripe_item_id` text NOT NULL,
	`status` text NOT NULL,
	`quantity` integer NOT NULL,
	`currency` text NOT NULL,
	`current_period_start` integer NOT NULL,
	`current_period_end` integer NOT NULL,
	`trial_end` integer,
	`cancel_at_period_end` integer NOT NULL,
	`cancel_at` integer,
	`canceled_at` integer,
	`ended_at` integer,
	`past_due_since` integer,
	`next_check_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `subscriptions_by_user` ON `subscriptions` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `subscriptions_due_for_a_check` ON `subscriptions` (`next_check_at`);--> statement-breakpoint
CREATE TABLE `model_costs` (
	`model_id` text NOT NULL,
	`since` integer NOT NULL,
	`cost_currency` text,
	`input_cost_micros_per_million` integer,
	`cached_input_cost_micros_per_million` integer,
	`output_cost_micros_per_million` integer,
	PRIMARY KEY(`model_id`, `since`)
);
--> statement-breakpoint
CREATE TABLE `models` (
	`id` text PRIMARY KEY NOT NULL,
	`upstream` text NOT NULL,
	`upstream_model` text NOT NULL,
	`input_price_microcredits_per_million` integer NOT NULL,
	`cached_input_price_microcredits_per_million` integer,
	`output_price_microcredits_per_million` integer NOT NULL,
	`context_length` integer NOT NULL,
	`max_output_tokens` integer NOT NULL,
	`cost_currency` text,
	`input_cost_micros_per_million` integer,
	`cached_input_cost_micros_per_million` integer,
	`output_cost_micros_per_million` integer,
	`is_active` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `plans` (
	`id` text PRIMARY KEY NOT NULL,
	`slug` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`credits_microcredits` integer NOT NULL,
	`credits_expire_after_days` integer,
	`is_active` integer NOT NULL,
	`allowances` text NOT NULL,
	`models` text,
	`features` text NOT NULL,
	`requests_per_minute` integer NOT NULL,
	`trial_days` integer NOT NULL,
	`unlocks` text,
	`version` integer NOT NULL,
	`sort_order` integer NOT NULL,
	`stripe_product_id` text,
	`stripe_seen` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `plans_slug_unique` ON `plans` (`slug`);--> statement-breakpoint
CREATE UNIQUE INDEX `plans_stripe_product_id_unique` ON `plans` (`stripe_product_id`);--> statement-breakpoint
CREATE INDEX `plans_in_order` ON `plans` (`sort_order`,`id`);--> statement-breakpoint
CREATE TABLE `prices` (
	`id` text PRIMARY KEY NOT NULL,
	`plan_id` text NOT NULL,
	`currency` text NOT NULL,
	`interval` text,
	`amount_minor` integer NOT NULL,
	`stripe_price_id` text,
	`stripe_active` integer,
	`overage_amount_minor` text,
	`metered_stripe_price_id` text,
	`is_active` integer NOT NULL,
	`lookup_key` text NOT NULL,
	`sort_order` integer NOT NULL,
	FOREIGN KEY (`plan_id`) REFERENCES `plans`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `prices_stripe_price_id_unique` ON `prices` (`stripe_price_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `prices_metered_stripe_price_id_unique` ON `prices` (`metered_stripe_price_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `prices_lookup_key_unique` ON `prices` (`lookup_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `prices_one_active_recurring` ON `prices` (`plan_id`,`currency`,`interval`) WHERE is_active = 1 and interval is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `prices_one_active_once` ON `prices` (`plan_id`,`currency`) WHERE is_active = 1 and interval is null;