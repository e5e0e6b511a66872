package config

import "github.com/tierwatch/tierwatch/schemas/clickhouse"

// Config is everything that can be set. Field paths, such as kafka.brokers, name
// a setting in files, in --set and, as TIERWATCH_KAFKA_BROKERS, in the
// environment.
type Config struct {
	Deployment Deployment `yaml:"deployment" doc:"Fixed when the log is opened: another value needs another log. Nothing compares them, so never change one."`
	Kafka      Kafka      `yaml:"kafka" doc:"The brokers that hold the log."`
	ClickHouse ClickHouse `yaml:"clickhouse" doc:"The warehouse that analysts query."`
	Embedded   Embedded   `yaml:"embedded" doc:"Engines as child processes instead of servers."`
	Ingest     Ingest     `yaml:"ingest" doc:"Role ingest: the bank's topics into the log."`
	Conductor  Conductor  `yaml:"conductor" doc:"Role conductor: writes time into the log."`
	Fold       Fold       `yaml:"fold" doc:"Role fold: tiers, projections and alerts."`
	Warehouse  Warehouse  `yaml:"warehouse" doc:"Role warehouse: topics into ClickHouse."`
	HTTP       HTTP       `yaml:"http" doc:"Metrics and health."`
	Log        Log        `yaml:"log" doc:"The program's own messages, on standard error."`
	// places tells where each setting that is not a default came from.
	places map[string]Place
	// misspelt and unknown are variables of the environment that set nothing: near
	// to the name of a setting, and not.
	misspelt, unknown Problems
}

// Deployment is fixed per deployment (semantics 1).
type Deployment struct {
	Namespace     string    `yaml:"namespace" doc:"Prefix of all topics and groups."`
	TimeZone      string    `yaml:"time_zone" doc:"IANA name of the bank's time zone."`
	BaseCurrency  string    `yaml:"base_currency" doc:"ISO 4217 code; policies are in it."`
	AccountingCut string    `yaml:"accounting_cut" doc:"HH:MM at which a business day ends; 24:00 is midnight."`
	Clock         ClockMode `yaml:"clock" doc:"Who tells the time: wall, demo, log or event."`
	FXLag         Days      `yaml:"fx_lag" doc:"How long after its day an exchange rate may still come."`
	NAVLag        Days      `yaml:"nav_lag" doc:"How long after its day a fund price may still come."`
	Epoch         int       `yaml:"epoch" doc:"Rises at a repartition of the log."`
}

// Kafka says how to reach the brokers.
type Kafka struct {
	Brokers        []string `yaml:"brokers" doc:"host:port of some brokers."`
	ClientID       string   `yaml:"client_id" doc:"Name of this program in the brokers' logs and quotas."`
	Partitions     int      `yaml:"partitions" doc:"Partitions of the log, fixed at its creation; 4 with embedded engines."`
	Replication    int      `yaml:"replication" doc:"Copies of each topic, when it is created; -1 is the broker's default."`
	SessionTimeout Duration `yaml:"session_timeout" doc:"How long a process that died keeps its work from the others; 6s to 30m on brokers with Kafka's defaults."`
	TLS            TLS      `yaml:"tls" doc:"Encryption."`
	SASL           SASL     `yaml:"sasl" doc:"Authentication."`
}

// SASL is Kafka's authentication.
type SASL struct {
	Mechanism Mechanism `yaml:"mechanism" doc:"none, plain, scram-sha-256 or scram-sha-512."`
	User      string    `yaml:"user" doc:"User name."`
	Password  Secret    `yaml:"password" doc:"{env: NAME} or {file: PATH}."`
}

// TLS of a client connection.
type TLS struct {
	Enabled    bool   `yaml:"enabled" doc:"Use TLS."`
	CAFile     string `yaml:"ca_file" doc:"PEM of the authorities; empty: the system's."`
	CertFile   string `yaml:"cert_file" doc:"PEM of the client's certificate, with key_file."`
	KeyFile    string `yaml:"key_file" doc:"PEM of the client's key."`
	ServerName string `yaml:"server_name" doc:"Name to expect in the server's certificate, if not its host."`
}

// ClickHouse says how to reach the warehouse.
type ClickHouse struct {
	Addrs    []string `yaml:"addrs" doc:"host:port of the native protocol, tried in order."`
	Database string   `yaml:"database" doc:"Made by tierwatch migrate when absent."`
	User     string   `yaml:"user" doc:"Who writes."`
	Password Secret   `yaml:"password" doc:"{env: NAME} or {file: PATH}."`
	TLS      TLS      `yaml:"tls" doc:"Encryption."`
	// The settings of a cluster hold for a database from its first migration on.
	Cluster      string `yaml:"cluster" doc:"Cluster of the servers' remote_servers to make the tables on, fixed per database; empty: one server."`
	ReplicaPath  string `yaml:"replica_path" doc:"With a cluster: a table's place in Keeper; {shard} and {replica} are macros of the servers."`
	ReplicaName  string `yaml:"replica_name" doc:"With a cluster: a server's name among the replicas of a shard."`
	InsertQuorum string `yaml:"insert_quorum" doc:"With a cluster: replicas that must have rows before they count as written: auto (the majority) or a number."`
}

// Embedded runs the engines as child processes.
type Embedded struct {
	DataDir          string `yaml:"data_dir" doc:"Where the engines keep their data; set: kafka.brokers and clickhouse.addrs are the engines'."`
	KafkaPort        int    `yaml:"kafka_port" doc:"0: that of the last run, or any free one."`
	ClickHousePort   int    `yaml:"clickhouse_port" doc:"Native protocol; 0 as above."`
	HTTPPort         int    `yaml:"clickhouse_http_port" doc:"ClickHouse's HTTP; 0 as above."`
	SyncWrites       bool   `yaml:"sync_writes" doc:"The broker acknowledges only what is on the disk."`
	ClickHouseMemory Size   `yaml:"clickhouse_memory" doc:"Most memory ClickHouse takes."`
}

// On tells whether the engines are embedded.
func (e Embedded) On() bool { return e.DataDir != "" }

// Ingest reads the bank's topics.
type Ingest struct {
	Sources     []Source `yaml:"sources" doc:"Topics to read."`
	Compression string   `yaml:"compression" doc:"Of the log: none, lz4, zstd, snappy or gzip."`
}

// Source is one topic of the bank.
type Source struct {
	Name    string `yaml:"name" doc:"Names the source in metrics, dead letters and conductor.wait_for."`
	Topic   string `yaml:"topic" doc:"The topic."`
	Format  string `yaml:"format" doc:"json (default) or protobuf."`
	Mapping string `yaml:"mapping" doc:"A mapping file for format json; empty: canonical JSON."`
	// EndOfDay is partition or topic.
	EndOfDay string `yaml:"end_of_day" doc:"For what a marker of the end of a day stands: its partition (default), or the whole topic."`
}

// Conductor writes time.
type Conductor struct {
	Tick    Duration  `yaml:"tick" doc:"How often a TICK is written."`
	CloseAt ClockTime `yaml:"close_at" doc:"HH:MM of the next day at which a day closes at the latest, if no source lags."`
	WaitFor []string  `yaml:"wait_for" doc:"Sources whose end of day closes the day; empty: all that report."`
	Silence Duration  `yaml:"silence" doc:"After so long without a report a source counts as lagging."`
	CatchUp bool      `yaml:"catch_up" doc:"Close a gap of more than 7 days."`
}

// Fold is the worker.
type Fold struct {
	InstanceID         string   `yaml:"instance_id" doc:"Makes the group member static: a restart moves no partition, but those of this process stand still meanwhile; unique per process. Empty: others take them over at once."`
	GroupProtocol      string   `yaml:"group_protocol" doc:"classic, or consumer: the broker shares the partitions out (KIP-848)."`
	CommitGap          Duration `yaml:"commit_gap" doc:"Least time between commits."`
	CommitEvery        Duration `yaml:"commit_every" doc:"Most time between commits."`
	TransactionTimeout Duration `yaml:"transaction_timeout" doc:"How long a commit may take, and how long the transaction of a process that died hides outputs at most."`
	StateAge           Duration `yaml:"state_age" doc:"How long a customer's change may wait until it is saved to the state topic; longer only while more changes than state_bytes lets through."`
	StateBytes         Size     `yaml:"state_bytes" doc:"State that a partition writes per second at most, though state_age be exceeded."`
	Standby            bool     `yaml:"standby" doc:"Keep the saved state of other processes' partitions in memory, to take them over at once."`
	RawMax             int      `yaml:"raw_max" doc:"Single entries a customer may hold before old ones are merged by day."`
}

// Warehouse is the sink.
type Warehouse struct {
	MaxRecords int      `yaml:"max_records" doc:"Records of a batch; only a warehouse that is behind reaches it."`
	MaxBytes   Size     `yaml:"max_bytes" doc:"Bytes of a batch, as rows in columns."`
	Interval   Duration `yaml:"interval" doc:"How long a record waits for others."`
}

// HTTP serves /metrics, /healthz and /readyz.
type HTTP struct {
	Addr  string `yaml:"addr" doc:"host:port; empty: no server."`
	PProf bool   `yaml:"pprof" doc:"Serve profiles under /debug/pprof too."`
}

// Log is the program's own.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error."`
	Format string `yaml:"format" doc:"json, console or auto (console on a terminal)."`
}

// Default returns the configuration without any file.
func Default() *Config {
	return &Config{
		Deployment: Deployment{
			Namespace: "tierwatch", TimeZone: "Asia/Shanghai", BaseCurrency: "CNY",
			AccountingCut: "24:00", Clock: "wall", NAVLag: 1, Epoch: 1,
		},
		Kafka: Kafka{ClientID: "tierwatch", Partitions: 12, Replication: -1, SessionTimeout: Duration(10 * second), SASL: SASL{Mechanism: "none"}},
		ClickHouse: ClickHouse{
			Database: "tierwatch", User: "default",
			ReplicaPath: clickhouse.DefaultReplicaPath, ReplicaName: clickhouse.DefaultReplicaName, InsertQuorum: "auto",
		},
		Embedded:  Embedded{ClickHouseMemory: 2 << 30},
		Ingest:    Ingest{Compression: "none"},
		Conductor: Conductor{Tick: Duration(minute), CloseAt: ClockTime(3 * hour), Silence: Duration(5 * minute)},
		Fold:      Fold{GroupProtocol: "classic", CommitGap: Duration(20 * milli), CommitEvery: Duration(500 * milli), TransactionTimeout: Duration(10 * second), StateAge: Duration(60 * second), StateBytes: 1 << 20, Standby: true, RawMax: 1_000_000},
		Warehouse: Warehouse{MaxRecords: 100_000, MaxBytes: 32 << 20, Interval: Duration(second)},
		HTTP:      HTTP{Addr: "127.0.0.1:9464"},
		Log:       Log{Level: "info", Format: "auto"},
		places:    map[string]Place{},
	}
}
