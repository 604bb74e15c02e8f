ALTER TABLE `models` ADD `descriptions` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `plans` ADD `names` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `plans` ADD `feature_names` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `plans` ADD `highlighted` integer DEFAULT false NOT NULL;--> statement-breakpoint
-- Pages showed every feature by its own name, and now show those that have a name for readers.
UPDATE `plans` SET `feature_names` = (
  SELECT json_group_object(`value`, json_object('en', `value`)) FROM json_each(`plans`.`features`)
);
