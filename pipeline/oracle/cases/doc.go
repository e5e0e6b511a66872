// Package cases holds the worked numbers of the semantics and of the published
// rules as hand-written expectations. They are run against the oracle and
// against the fold: each is a log, and what must be seen after some of its
// records. Most are small logs on which the two once differed, a file per subject.
package cases
