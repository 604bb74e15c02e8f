ALTER TABLE `models` ADD `image_tokens` integer;--> statement-breakpoint
ALTER TABLE `models` ADD `low_detail_image_tokens` integer;