CREATE TABLE `upstream_totals` (
	`day` text NOT NULL,
	`model` text NOT NULL,
	`upstream` text NOT NULL,
	`currency` text NOT NULL,
	`requests` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`microcredits` integer NOT NULL,
	`cost_nanos` integer NOT NULL,
	PRIMARY KEY(`day`, `model`, `upstream`, `currency`)
);
--> statement-breakpoint
ALTER TABLE `usage_daily` ADD `upstreams` text;--> statement-breakpoint
ALTER TABLE `models` ADD `more_costs` text;--> statement-breakpoint
-- Triggers keep the totals in the transaction of the rows that they sum up, as those of the
-- migration `keep-rollups` do. Rows of before have no parts, and none are made for them.
CREATE TRIGGER `usage_daily_upstreams_counted` AFTER INSERT ON `usage_daily` WHEN new.`upstreams` IS NOT NULL BEGIN
  INSERT INTO `upstream_totals` (`day`, `model`, `upstream`, `currency`, `requests`, `input_tokens`, `cached_input_tokens`, `output_tokens`, `microcredits`, `cost_nanos`)
  SELECT new.`day`, new.`model`, json_extract(part.`value`, '$.upstream'), json_extract(part.`value`, '$.currency'), json_extract(part.`value`, '$.requests'), json_extract(part.`value`, '$.inputTokens'), json_extract(part.`value`, '$.cachedInputTokens'), json_extract(part.`value`, '$.outputTokens'), json_extract(part.`value`, '$.microcredits'), json_extract(part.`value`, '$.costNanos')
  FROM json_each(new.`upstreams`) AS part WHERE true
  ON CONFLICT (`day`, `model`, `upstream`, `currency`) DO UPDATE SET `requests` = `requests` + excluded.`requests`, `input_tokens` = `input_tokens` + excluded.`input_tokens`, `cached_input_tokens` = `cached_input_tokens` + excluded.`cached_input_tokens`, `output_tokens` = `output_tokens` + excluded.`output_tokens`, `microcredits` = `microcredits` + excluded.`microcredits`, `cost_nanos` = `cost_nanos` + excluded.`cost_nanos`;
END;
--> statement-breakpoint
CREATE TRIGGER `usage_daily_upstreams_recounted` AFTER UPDATE OF `upstreams` ON `usage_daily` BEGIN
  INSERT INTO `upstream_totals` (`day`, `model`, `upstream`, `currency`, `requests`, `input_tokens`, `cached_input_tokens`, `output_tokens`, `microcredits`, `cost_nanos`)
  SELECT old.`day`, old.`model`, json_extract(part.`value`, '$.upstream'), json_extract(part.`value`, '$.currency'), -json_extract(part.`value`, '$.requests'), -json_extract(part.`value`, '$.inputTokens'), -json_extract(part.`value`, '$.cachedInputTokens'), -json_extract(part.`value`, '$.outputTokens'), -json_extract(part.`value`, '$.microcredits'), -json_extract(part.`value`, '$.costNanos')
  FROM json_each(old.`upstreams`) AS part WHERE true
  ON CONFLICT (`day`, `model`, `upstream`, `currency`) DO UPDATE SET `requests` = `requests` + excluded.`requests`, `input_tokens` = `input_tokens` + excluded.`input_tokens`, `cached_input_tokens` = `cached_input_tokens` + excluded.`cached_input_tokens`, `output_tokens` = `output_tokens` + excluded.`output_tokens`, `microcredits` = `microcredits` + excluded.`microcredits`, `cost_nanos` = `cost_nanos` + excluded.`cost_nanos`;
  INSERT INTO `upstream_totals` (`day`, `model`, `upstream`, `currency`, `requests`, `input_tokens`, `cached_input_tokens`, `output_tokens`, `microcredits`, `cost_nanos`)
  SELECT new.`day`, new.`model`, json_extract(part.`value`, '$.upstream'), json_extract(part.`value`, '$.currency'), json_extract(part.`value`, '$.requests'), json_extract(part.`value`, '$.inputTokens'), json_extract(part.`value`, '$.cachedInputTokens'), json_extract(part.`value`, '$.outputTokens'), json_extract(part.`value`, '$.microcredits'), json_extract(part.`value`, '$.costNanos')
  FROM json_each(new.`upstreams`) AS part WHERE true
  ON CONFLICT (`day`, `model`, `upstream`, `currency`) DO UPDATE SET `requests` = `requests` + excluded.`requests`, `input_tokens` = `input_tokens` + excluded.`input_tokens`, `cached_input_tokens` = `cached_input_tokens` + excluded.`cached_input_tokens`, `output_tokens` = `output_tokens` + excluded.`output_tokens`, `microcredits` = `microcredits` + excluded.`microcredits`, `cost_nanos` = `cost_nanos` + excluded.`cost_nanos`;
END;
