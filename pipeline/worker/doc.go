// Package worker runs the fold: the one room of the pipeline with I/O.
//
// A [Worker] is a member of the consumer group over the log. Each partition it
// holds has one goroutine and one [Fold]; one transaction at a time carries
// their outputs and their positions. What a reader must know:
//
//   - An incarnation (session.go) is one group session with one transactional
//     id. Whatever goes wrong ends the incarnation; the next one has a fresh id,
//     restores every partition from tierwatch.state and folds the rest of the log
//     (ADR 0012). There are two other error paths:
//     a poison record, or saved state that is unfit, stops one partition; and a
//     partition that is not live yet has no part in a transaction, so what fails in
//     its restore and replay is tried again there, and the others fold on.
//   - The loop of an incarnation is hold, fill, commit. Rebalances happen only
//     inside hold, when nothing is in a transaction, so the callbacks and the loop
//     never touch the partitions at the same time.
//   - A commit is a barrier: every partition says how far it has folded, after the
//     record or the chunk of a drain under way, and the commit says just that. What
//     it was given beyond, it folds on while the commit is under way; what comes out
//     then waits in session.ahead for the next transaction, and is lost with this one.
//     So the length of a transaction does not depend on how much was polled.
//   - The position of a partition is (next offset, control record in drain, last
//     customer drained); the last two travel as metadata of the offset.
//
// File map: worker.go options and the life of incarnations; fold.go what it asks of a
// fold; session.go the loop; offer.go what was polled; hold.go rebalances; commit.go
// barrier and transaction; ahead.go what is folded meanwhile; pace.go how much of it
// drains say; partition.go the goroutine; apply.go folding and poison; halt.go how one
// partition stops alone; recover.go position and replay; places.go starts and ends of
// partitions; begins.go positions as tools see and make them; checkpoint.go what is saved
// when; restore.go and statetopic.go how it is read; standby.go who reads it before,
// urgent.go for whom he waits; join.go when the group is joined; coordinator.go one that
// is not ready; protocol.go how the group shares out; heard.go what it gives; members.go
// who is in it; fence.go transactions of the dead, hung.go those that a broker left open;
// preflight.go refusals, unfit.go those of the brokers; hurry.go commits of a lost group;
// progress.go the metadata; produce.go topics of outputs; metrics.go.
//
// Non-obvious:
//
//   - The session would commit what was polled; barrier.rewrite puts in what was
//     folded. What a rebalance takes away in between is folded by its new owner.
//   - While many records wait for partitions that do not take them nothing is polled,
//     and while much was said ahead of a commit nothing is folded: that bounds the
//     memory. Commits go on meanwhile.
//   - Nothing is polled while a transaction ends: the client then sets its place in the
//     log to what it had polled when it began to.
//   - A poll whose context has ended still blocks rebalances. hold relies on it.
//   - A revoke makes the session abort its next End, even when no transaction
//     was open. hold therefore ends an empty transaction after each rebalance.
//   - State records come with the answer to the barrier, so they are in the
//     transaction that commits what they rest on, and hold nothing folded after it.
package worker
