ALTER TABLE `models` ADD `cache_write_price_microcredits_per_million` integer;--> statement-breakpoint
ALTER TABLE `models` ADD `reasoning` integer DEFAULT false NOT NULL;