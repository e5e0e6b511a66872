// Command chaos proves what docs/reliability.md promises: it runs every role of
// tierwatch as processes of their own against a broker and a ClickHouse, plays a
// synthetic bank through them, and kills, pauses, adds and removes whatever its seed
// says. In the end nothing may be lost, doubled or different.
//
//	make chaos SEED=7 DURATION=60s
//	make chaos SEED=7 DURATION=60s KAFKA=3 VOLLEYS=6s
//
// The broker is the embedded one, or an Apache Kafka of one node or three, of which one
// at a time is killed or held: any, the leader of a partition, or whoever coordinates a
// transaction or a group. Volleys kill most of the roles' processes at once, every so
// often, with a session of 3 s instead of 10, so that there is work between two. The
// report tells which kills met a process at work. The faults and the bank hang on these flags only; how they meet the
// program's own timing does not. Beside the customers of the synthetic bank there are many
// idle ones, so that what is done for everybody takes the fold several steps in each
// partition. Midway comes a second policy, without a tier of the first and with a scheme
// more; all folds are killed amid what it makes them do, where a commit tells. Of some customers of each partition, CONSULT=0 for
// all, what was said is compared with the oracle. The last line is a summary, the report a file. Exit
// code 1 when anything differs or the run could not be made; where Java is missing, a
// run on Apache Kafka is skipped, with the reason, unless CI=true.
//
// File map: main.go flags and exit; run.go the course of a run, configure.go what it
// runs on; plan.go the faults, drawn from the seed; inject.go carries them out on the
// processes of the roles (cmd/internal/crew); engine.go the interface to the engines,
// embedded.go the ones that need no server, cluster.go Apache Kafka; bank.go the load, idle.go
// its idle customers, reform.go the second policy and the kill amid it,
// sender.go its way into the source topic; settle.go the end of a run, autopsy.go one that does not end;
// read.go and logbook.go topics as they are; audit.go `tierwatch verify`; sources.go
// source topic against log; outputs.go and order.go, control.go and rules.go, tables.go and
// state.go the other checks; consult.go compares with the oracle, words.go has what fold and oracle
// say, as lines, standing.go what dashboards see; findings.go and report.go what is told, sum.go of many runs.
//
// Non-obvious: the checks beside `tierwatch verify` read topics and tables by
// themselves and ask the bank what it sent, so that a fault of the fold or of the
// audit cannot hide itself.
package main
