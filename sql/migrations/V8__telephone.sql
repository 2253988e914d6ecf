-- Where a gaveur is reached, told with the alerts of his lots. The cooperative enters it; no message carries it.
ALTER TABLE gaveurs_euralis ADD COLUMN telephone text CHECK (telephone ~ '^[+0-9][0-9 .()/-]{4,30}$');
