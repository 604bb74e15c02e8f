ALTER TABLE `models` ADD `kind` text DEFAULT 'chat' NOT NULL;--> statement-breakpoint
ALTER TABLE `models` ADD `more_prices` text;