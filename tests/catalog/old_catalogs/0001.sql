BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE audio_source (
	id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	source_type VARCHAR(20) NOT NULL, 
	voice VARCHAR(200) NOT NULL, 
	language VARCHAR(40) NOT NULL, 
	file VARCHAR(1000) NOT NULL, 
	format VARCHAR(20) NOT NULL, 
	duration_s FLOAT NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	checksum VARCHAR(64) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	profile VARCHAR(100) NOT NULL, 
	metadata JSON NOT NULL, 
	licence TEXT NOT NULL, 
	attribution TEXT NOT NULL, 
	cached_until DATETIME, 
	plays INTEGER NOT NULL, 
	last_played_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_audio_source PRIMARY KEY (id), 
	CONSTRAINT uq_audio_source_item_id_fingerprint UNIQUE (item_id, fingerprint), 
	CONSTRAINT fk_audio_source_item_id_item FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE
);
INSERT INTO "audio_source" VALUES(1,1,'tts','espeak:en-gb','en-GB','words/sheep_en-gb_3df2eb04.mp3','mp3',7.31166666666666631435e-01,6714,'dee8986669225c869f5c0befa142e8786966faf43bfab0f1a0041e9739845542','3df2eb04adb9dbc0a17374c36a3f2c4e','web','{"engine": "espeak-ng 1.52.0", "say": "word", "spoken": "sheep", "delivery": "-30% +0Hz +0%", "note": "", "lexicon": [], "passed_over": [], "elapsed_s": 0.069, "measures": {"duration_s": 0.7311666666666666, "rate_hz": 24000, "channels": 1, "bitrate_kbps": 64, "loudness_lufs": -16.01865793627184, "peak_dbtp": -1.546028240801868, "peak_dbfs": -1.7483122200553134, "rms_db": -18.452265310278293, "noise_db": -120.0, "head_s": 0.045, "tail_s": 0.15116666666666667, "size_bytes": 6714}, "checks": [{"measure": "loudness_lufs", "passed": true, "sentence": "loudness \u221216.0 LUFS is within \u221217\u2026\u221215"}, {"measure": "peak_dbtp", "passed": true, "sentence": "true peak \u22121.5 dBTP is at most \u22121"}, {"measure": "size_bytes", "passed": true, "sentence": "size 6714 bytes is at most 50000"}, {"measure": "rate_hz", "passed": true, "sentence": "sample rate 24000 Hz is 24000"}, {"measure": "bitrate_kbps", "passed": true, "sentence": "bitrate 64 kbps is 64"}, {"measure": "channels", "passed": true, "sentence": "channels 1 is 1"}]}','','','2026-12-21 13:12:00.186938',1,'2026-11-21 13:12:00.227766','2026-11-21 13:12:00.186988','2026-11-21 13:12:00.186988');
INSERT INTO "audio_source" VALUES(2,2,'tts','espeak:en-gb','en-GB','words/ship_en-gb_9de2f38d.mp3','mp3',6.88291666666666634988e-01,6329,'ade682cc26b4c07122ff91133c4248c6c8c634014faabe59bc52f466fb9dc3ab','9de2f38d0ff0e3b51072f0435b4e2087','web','{"engine": "espeak-ng 1.52.0", "say": "word", "spoken": "ship", "delivery": "-30% +0Hz +0%", "note": "", "lexicon": [], "passed_over": [], "elapsed_s": 0.0699, "measures": {"duration_s": 0.6882916666666666, "rate_hz": 24000, "channels": 1, "bitrate_kbps": 64, "loudness_lufs": -15.948501597349864, "peak_dbtp": -1.813937189823076, "peak_dbfs": -1.8733769480484561, "rms_db": -18.28370467886937, "noise_db": -112.43278553787532, "head_s": 0.05, "tail_s": 0.15329166666666666, "size_bytes": 6329}, "checks": [{"measure": "loudness_lufs", "passed": true, "sentence": "loudness \u221215.9 LUFS is within \u221217\u2026\u221215"}, {"measure": "peak_dbtp", "passed": true, "sentence": "true peak \u22121.8 dBTP is at most \u22121"}, {"measure": "size_bytes", "passed": true, "sentence": "size 6329 bytes is at most 50000"}, {"measure": "rate_hz", "passed": true, "sentence": "sample rate 24000 Hz is 24000"}, {"measure": "bitrate_kbps", "passed": true, "sentence": "bitrate 64 kbps is 64"}, {"measure": "channels", "passed": true, "sentence": "channels 1 is 1"}]}','','','2026-12-21 13:12:00.188952',0,NULL,'2026-11-21 13:12:00.188978','2026-11-21 13:12:00.188978');
INSERT INTO "audio_source" VALUES(3,3,'tts','espeak:en-gb','en-GB','words/café_en-gb_8a5e737e.mp3','mp3',8.59208333333333351689e-01,7680,'a2e5f905c28f4dee92f03e6bbbcadfe7b29dccd0a807dc0d1324eff62ff7b24f','8a5e737ee3727074e3d79cf2c117cecd','web','{"engine": "espeak-ng 1.52.0", "say": "word", "spoken": "caf\u00e9", "delivery": "-30% +0Hz +0%", "note": "", "lexicon": [], "passed_over": [], "elapsed_s": 0.0126, "measures": {"duration_s": 0.8592083333333334, "rate_hz": 24000, "channels": 1, "bitrate_kbps": 64, "loudness_lufs": -16.11006312950434, "peak_dbtp": -1.4652761666338463, "peak_dbfs": -1.6398596294237435, "rms_db": -17.883024643661617, "noise_db": -120.0, "head_s": 0.045, "tail_s": 0.14920833333333333, "size_bytes": 7680}, "checks": [{"measure": "loudness_lufs", "passed": true, "sentence": "loudness \u221216.1 LUFS is within \u221217\u2026\u221215"}, {"measure": "peak_dbtp", "passed": true, "sentence": "true peak \u22121.5 dBTP is at most \u22121"}, {"measure": "size_bytes", "passed": true, "sentence": "size 7680 bytes is at most 50000"}, {"measure": "rate_hz", "passed": true, "sentence": "sample rate 24000 Hz is 24000"}, {"measure": "bitrate_kbps", "passed": true, "sentence": "bitrate 64 kbps is 64"}, {"measure": "channels", "passed": true, "sentence": "channels 1 is 1"}]}','','','2026-12-21 13:12:00.202337',0,NULL,'2026-11-21 13:12:00.202368','2026-11-21 13:12:00.202368');
INSERT INTO "audio_source" VALUES(4,2,'native','Anna','','words/ship_anna.mp3','mp3',0.5,6329,'ade682cc26b4c07122ff91133c4248c6c8c634014faabe59bc52f466fb9dc3ab','native-1','','{}','CC BY 4.0','Anna',NULL,0,NULL,'2026-11-21 13:12:00.230222','2026-11-21 13:12:00.230222');
CREATE TABLE item (
	id INTEGER NOT NULL, 
	collection VARCHAR(200) NOT NULL, 
	"key" VARCHAR(400) NOT NULL, 
	"order" INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	ipa TEXT NOT NULL, 
	sound TEXT NOT NULL, 
	language VARCHAR(40) NOT NULL, 
	category VARCHAR(200) NOT NULL, 
	locked BOOLEAN NOT NULL, 
	preferred_source_id INTEGER, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_item PRIMARY KEY (id), 
	CONSTRAINT uq_item_collection_key UNIQUE (collection, "key")
);
INSERT INTO "item" VALUES(1,'words','sheep',1,'sheep','ʃiːp','','en','animal',0,NULL,'2026-11-21 13:12:00.111459','2026-11-21 13:12:00.111459');
INSERT INTO "item" VALUES(2,'words','ship',2,'ship','ʃɪp','','en','thing',0,4,'2026-11-21 13:12:00.111459','2026-11-21 13:12:00.231080');
INSERT INTO "item" VALUES(3,'words','café',3,'café','kæˈfeɪ','','en','place',1,NULL,'2026-11-21 13:12:00.111459','2026-11-21 13:12:00.231968');
INSERT INTO "item" VALUES(4,'words','hush',4,'','','','en','sound',0,NULL,'2026-11-21 13:12:00.111459','2026-11-21 13:12:00.111459');
INSERT INTO "item" VALUES(5,'words','bell',5,'bell','bɛl','','en','thing',1,NULL,'2026-11-21 13:12:00.111459','2026-11-21 13:12:00.111459');
CREATE TABLE run (
	id VARCHAR(40) NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	started_by VARCHAR(200) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	parameters JSON NOT NULL, 
	total INTEGER NOT NULL, 
	completed INTEGER NOT NULL, 
	failed INTEGER NOT NULL, 
	skipped INTEGER NOT NULL, 
	cancelled INTEGER NOT NULL, 
	error TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	CONSTRAINT pk_run PRIMARY KEY (id)
);
INSERT INTO "run" VALUES('20261121-131200-38a172','first','root','completed','{"say": "word", "rate_percent": -30, "pitch_hz": 0, "volume_percent": 0, "profile": "web", "force": false, "voices": ["espeak:en-gb"], "collections": ["words"]}',5,3,0,2,0,'','2026-11-21 13:12:00.115337','2026-11-21 13:12:00.206862');
INSERT INTO "run" VALUES('20261121-131200-d70779','again','root','completed','{"say": "word", "rate_percent": -30, "pitch_hz": 0, "volume_percent": 0, "profile": "web", "force": false, "voices": ["espeak:en-gb"], "collections": ["words"]}',5,0,0,5,0,'','2026-11-21 13:12:00.220346','2026-11-21 13:12:00.222718');
CREATE TABLE run_item (
	id INTEGER NOT NULL, 
	run_id VARCHAR(40) NOT NULL, 
	collection VARCHAR(200) NOT NULL, 
	"key" VARCHAR(400) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	voice VARCHAR(200) NOT NULL, 
	reason TEXT NOT NULL, 
	error_class VARCHAR(100) NOT NULL, 
	source_id INTEGER, 
	elapsed_s FLOAT NOT NULL, 
	finished_at DATETIME NOT NULL, 
	CONSTRAINT pk_run_item PRIMARY KEY (id), 
	CONSTRAINT fk_run_item_run_id_run FOREIGN KEY(run_id) REFERENCES run (id) ON DELETE CASCADE
);
INSERT INTO "run_item" VALUES(1,'20261121-131200-38a172','words','hush','skipped','','empty: there is nothing to say','',NULL,0.0,'2026-11-21 13:12:00.203501');
INSERT INTO "run_item" VALUES(2,'20261121-131200-38a172','words','bell','skipped','espeak:en-gb','locked','',NULL,0.0,'2026-11-21 13:12:00.203501');
INSERT INTO "run_item" VALUES(3,'20261121-131200-38a172','words','sheep','completed','espeak:en-gb','','',1,6.89731170004961313679e-02,'2026-11-21 13:12:00.203501');
INSERT INTO "run_item" VALUES(4,'20261121-131200-38a172','words','ship','completed','espeak:en-gb','','',2,6.99262649995944229885e-02,'2026-11-21 13:12:00.203501');
INSERT INTO "run_item" VALUES(5,'20261121-131200-38a172','words','café','completed','espeak:en-gb','','',3,1.2551951000205008313e-02,'2026-11-21 13:12:00.203501');
INSERT INTO "run_item" VALUES(6,'20261121-131200-d70779','words','sheep','skipped','espeak:en-gb','already made','',1,0.0,'2026-11-21 13:12:00.221343');
INSERT INTO "run_item" VALUES(7,'20261121-131200-d70779','words','ship','skipped','espeak:en-gb','already made','',2,0.0,'2026-11-21 13:12:00.221343');
INSERT INTO "run_item" VALUES(8,'20261121-131200-d70779','words','café','skipped','espeak:en-gb','already made','',3,0.0,'2026-11-21 13:12:00.221343');
INSERT INTO "run_item" VALUES(9,'20261121-131200-d70779','words','hush','skipped','','empty: there is nothing to say','',NULL,0.0,'2026-11-21 13:12:00.221343');
INSERT INTO "run_item" VALUES(10,'20261121-131200-d70779','words','bell','skipped','espeak:en-gb','locked','',NULL,0.0,'2026-11-21 13:12:00.221343');
CREATE INDEX ix_audio_source_fingerprint ON audio_source (fingerprint);
CREATE INDEX ix_run_started_at ON run (started_at);
CREATE INDEX ix_run_item_run_id ON run_item (run_id);
COMMIT;
