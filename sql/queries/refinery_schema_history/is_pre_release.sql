-- Before the first release the first migration was V1__readings.
SELECT EXISTS (SELECT FROM refinery_schema_history WHERE version = 1 AND name = 'readings')
