// Package embedded runs Kafka and ClickHouse without a server: a kfake broker
// and libchdb, each in a supervised child process of the same binary. The rest
// of the program gets addresses and cannot tell the difference.
//
// The main function of the binary calls [ChildMain] before anything else.
// [OpenDataDir] takes a data directory for one process, [FetchClickHouse]
// brings the engine's library, [StartKafka] and [StartClickHouse] return running
// engines that are restarted on the same ports when they die.
//
// File map: main.go is the child's entry, process.go one child (group_*.go with whom it
// ends), lines.go what it prints, supervisor.go its restarts, event.go what is told of
// them, kafka.go and clickhouse.go the engines, clickhouse_config.go the settings,
// datadir.go the layout on disk, files.go one file of it, room.go a disk that is full,
// fetch.go, npm.go and unpack.go the library, platform.go where it runs. Package child is the contract
// between both sides; broker and chdb are the child sides.
//
// A binary with this package needs glibc to start, since it loads libchdb.so.
// The build tag noembedded leaves the loader out and makes it static again, for
// images that talk to a real ClickHouse; FetchClickHouse then returns
// [ErrPlatform].
//
// Non-obvious: a child ends when its standard input does, so no engine outlives
// a parent that was killed; a context given to a start function bounds the start
// only, Stop ends the engine.
package embedded
