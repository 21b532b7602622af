CREATE TABLE deliveries (
	run_id VARCHAR(16) NOT NULL,
	recipient VARCHAR(16) NOT NULL,
	week VARCHAR(8) NOT NULL,
	state VARCHAR(10) NOT NULL,
	n_tries INTEGER NOT NULL,
	next_try_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
	said TEXT NOT NULL,
	PRIMARY KEY (run_id, recipient)
);
CREATE INDEX ix_deliveries_week ON deliveries (week);
CREATE TABLE files (
	file_key VARCHAR(64) NOT NULL,
	file_id VARCHAR(16) NOT NULL,
	source VARCHAR(40) NOT NULL,
	name TEXT NOT NULL,
	load_order INTEGER NOT NULL,
	key_id VARCHAR(8) NOT NULL,
	n_rows INTEGER NOT NULL,
	n_stored INTEGER NOT NULL,
	n_rejects INTEGER NOT NULL,
	n_set_aside INTEGER NOT NULL,
	n_expired INTEGER NOT NULL,
	PRIMARY KEY (file_key),
	UNIQUE (load_order)
);
CREATE TABLE link_reviews (
	review_id SERIAL NOT NULL,
	pair_id VARCHAR(16) NOT NULL,
	record_l VARCHAR(64) NOT NULL,
	record_r VARCHAR(64) NOT NULL,
	answer VARCHAR(10) NOT NULL,
	reviewer VARCHAR(60) NOT NULL,
	stratum VARCHAR(20) NOT NULL,
	inclusion FLOAT NOT NULL,
	imported_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
	batch INTEGER NOT NULL,
	PRIMARY KEY (review_id)
);
CREATE INDEX ix_link_reviews_pair_id ON link_reviews (pair_id);
CREATE TABLE models (
	model_id SERIAL NOT NULL,
	kind VARCHAR(20) NOT NULL,
	version VARCHAR(16) NOT NULL,
	trained_on VARCHAR(16) NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (model_id)
);
CREATE TABLE note_reviews (
	review_id SERIAL NOT NULL,
	record_id VARCHAR(64) NOT NULL,
	answer VARCHAR(40) NOT NULL,
	reviewer VARCHAR(60) NOT NULL,
	stratum VARCHAR(20) NOT NULL,
	inclusion FLOAT NOT NULL,
	is_simulated BOOLEAN NOT NULL,
	imported_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
	batch INTEGER NOT NULL,
	PRIMARY KEY (review_id)
);
CREATE INDEX ix_note_reviews_record_id ON note_reviews (record_id);
CREATE TABLE note_tests (
	version VARCHAR(16) NOT NULL,
	record_id VARCHAR(64) NOT NULL,
	said VARCHAR(40) NOT NULL,
	PRIMARY KEY (version, record_id)
);
CREATE TABLE requests (
	request_id SERIAL NOT NULL,
	kind VARCHAR(20) NOT NULL,
	made_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
	n_records INTEGER NOT NULL,
	said TEXT NOT NULL,
	PRIMARY KEY (request_id)
);
CREATE TABLE runs (
	run_id VARCHAR(16) NOT NULL,
	week VARCHAR(8) NOT NULL,
	settings_hash VARCHAR(16) NOT NULL,
	headline TEXT NOT NULL,
	PRIMARY KEY (run_id)
);
CREATE INDEX ix_runs_week ON runs (week);
CREATE TABLE measures (
	run_id VARCHAR(16) NOT NULL,
	scope VARCHAR(60) NOT NULL,
	measure_id VARCHAR(60) NOT NULL,
	week VARCHAR(8) NOT NULL,
	value FLOAT,
	n FLOAT,
	PRIMARY KEY (run_id, scope, measure_id),
	FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
CREATE INDEX ix_measures_week ON measures (week);
CREATE TABLE parts (
	path TEXT NOT NULL,
	file_key VARCHAR(64) NOT NULL,
	table_name VARCHAR(20) NOT NULL,
	week VARCHAR(8) NOT NULL,
	PRIMARY KEY (path),
	FOREIGN KEY(file_key) REFERENCES files (file_key)
);
CREATE INDEX ix_parts_file_key ON parts (file_key);
CREATE TABLE rejects (
	file_key VARCHAR(64) NOT NULL,
	row_number INTEGER NOT NULL,
	column_name TEXT NOT NULL,
	reason VARCHAR(60) NOT NULL,
	value_class TEXT NOT NULL,
	FOREIGN KEY(file_key) REFERENCES files (file_key)
);
CREATE INDEX ix_rejects_file_key ON rejects (file_key);
CREATE TABLE set_aside (
	request_id INTEGER NOT NULL,
	kind VARCHAR(10) NOT NULL,
	key_id VARCHAR(8) NOT NULL,
	field VARCHAR(20) NOT NULL,
	token VARCHAR(32) NOT NULL,
	FOREIGN KEY(request_id) REFERENCES requests (request_id)
);
CREATE INDEX ix_set_aside_request_id ON set_aside (request_id);
CREATE TABLE unmapped (
	file_key VARCHAR(64) NOT NULL,
	field VARCHAR(40) NOT NULL,
	value TEXT NOT NULL,
	n_rows INTEGER NOT NULL,
	FOREIGN KEY(file_key) REFERENCES files (file_key)
);
CREATE INDEX ix_unmapped_file_key ON unmapped (file_key);
