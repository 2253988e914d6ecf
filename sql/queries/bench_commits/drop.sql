DROP TABLE IF EXISTS bench_commits;
