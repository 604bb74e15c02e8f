CREATE TABLE `active_users` (
	`day` text NOT NULL,
	`previous_day` text NOT NULL,
	`users` integer NOT NULL,
	PRIMARY KEY(`day`, `previous_day`)
);
--> statement-breakpoint
CREATE TABLE `usage_monthly` (
	`month` text NOT NULL,
	`user_id` text NOT NULL,
	`requests` integer NOT NULL,
	`microcredits` integer NOT NULL,
	PRIMARY KEY(`month`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `usage_monthly_by_usage` ON `usage_monthly` (`month`,`microcredits`,`requests`);--> statement-breakpoint
CREATE TABLE `usage_totals` (
	`day` text NOT NULL,
	`model` text NOT NULL,
	`users` integer NOT NULL,
	`requests` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`microcredits` integer NOT NULL,
	PRIMARY KEY(`day`, `model`)
);
--> statement-breakpoint
CREATE TABLE `daily_sales` (
	`day` text NOT NULL,
	`currency` text NOT NULL,
	`sales` integer NOT NULL,
	`sales_minor` integer NOT NULL,
	`refunded_minor` integer NOT NULL,
	PRIMARY KEY(`day`, `currency`)
);
--> statement-breakpoint
CREATE TABLE `order_counts` (
	`day` text NOT NULL,
	`status` text NOT NULL,
	`orders` integer NOT NULL,
	PRIMARY KEY(`day`, `status`)
);
--> statement-breakpoint
CREATE TABLE `subscription_totals` (
	`price_id` text NOT NULL,
	`currency` text NOT NULL,
	`subscriptions` integer NOT NULL,
	`quantity` integer NOT NULL,
	PRIMARY KEY(`price_id`, `currency`)
);
