package clickhouse

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// topicPartition names a partition of a topic.
type topicPartition struct {
	topic     string
	partition int32
}

// span is the part of a partition that a batch holds: first to last offset, and
// the assignment under which it was read.
type span struct {
	first, last int64
	assignment  uint64
}

// batch is what is read between two flushes: rows by table, and how far the
// offsets may be committed once every row is in.
type batch struct {
	events          *rowSet[eventRow]
	verdicts        *rowSet[verdictRow]
	accountFacts    *rowSet[accountFact]
	accounts        *rowSet[accountSeen]
	openingBalances *rowSet[openingBalance]
	customerFacts   *rowSet[customerFact]
	rmAssignments   *rowSet[rmFact]
	creditStatus    *rowSet[creditFact]
	complaints      *rowSet[complaintFact]
	rmActions       *rowSet[rmActionFact]
	tierSeeds       *rowSet[seedFact]
	tierOverrides   *rowSet[overrideFact]
	control         *rowSet[controlRow]
	rates           *rowSet[rateRow]
	tiers           *rowSet[tierRow]
	snapshots       *rowSet[standingRow]
	customerTiers   *rowSet[standingRow]
	metrics         *rowSet[metricsRow]
	changes         *rowSet[changeRow]
	alertHistory    *rowSet[alertRow]
	alerts          *rowSet[alertRow]
	dead            *rowSet[deadRow]

	// seen and newest gather what becomes a row when the batch is sealed.
	seen   map[accountKey]*accountSeen
	newest map[standingKey]*newestStanding

	spans   map[topicPartition]span
	records int
	// most is the most records it ever held, few how often in a row it held far fewer.
	most, few int
}

type standingKey struct{ customer, scheme string }

// newestStanding is a row of snapshots by its index.
type newestStanding struct {
	index   int
	version [2]uint64
}

func newBatch() *batch {
	return &batch{
		events: eventsTable.newRows(), verdicts: verdictsTable.newRows(),
		accountFacts: accountFactsTable.newRows(), accounts: accountsTable.newRows(),
		openingBalances: openingBalancesTable.newRows(), customerFacts: customerFactsTable.newRows(),
		creditStatus: creditStatusTable.newRows(), complaints: complaintsTable.newRows(),
		rmActions: rmActionsTable.newRows(), tierSeeds: tierSeedsTable.newRows(), tierOverrides: tierOverridesTable.newRows(),
		rmAssignments: rmAssignmentsTable.newRows(), control: controlTable.newRows(),
		rates: ratesTable.newRows(), tiers: tiersTable.newRows(),
		snapshots: snapshotsTable.newRows(), customerTiers: customerTiersTable.newRows(),
		metrics: metricsTable.newRows(), changes: changesTable.newRows(),
		alertHistory: alertHistoryTable.newRows(), alerts: alertsTable.newRows(), dead: dlqTable.newRows(),
		seen: map[accountKey]*accountSeen{}, newest: map[standingKey]*newestStanding{},
		spans: map[topicPartition]span{},
	}
}

// tables lists the rows in the order of insertion: what people wait for first;
// verdicts before the events they take out, so that fewer are seen in between.
func (b *batch) tables() []rows {
	return []rows{
		b.alerts, b.alertHistory, b.changes, b.customerTiers, b.verdicts, b.control, b.rates, b.tiers, b.rmAssignments,
		b.creditStatus, b.complaints, b.rmActions, b.tierSeeds, b.tierOverrides,
		b.customerFacts, b.accountFacts, b.openingBalances, b.dead, b.snapshots, b.metrics, b.accounts, b.events,
	}
}

// note widens the batch's span of a partition by one record.
func (b *batch) note(from origin, assignment uint64) {
	key := topicPartition{from.topic, from.partition}
	s, ok := b.spans[key]
	if !ok || s.assignment != assignment {
		s = span{first: from.offset, assignment: assignment}
	}
	s.last = from.offset
	b.spans[key] = s
	b.records++
}

// What an entry of seen and of newest takes, with the row that it becomes.
const seenSize, newestSize = 400, 400

// size is the memory of all rows, and of the room they have. A record becomes rows of
// several tables with many columns: it says little about what it takes here.
func (b *batch) size() (used, room int) {
	gathered := len(b.seen)*seenSize + len(b.newest)*newestSize
	used, room = gathered, gathered
	for _, r := range b.tables() {
		u, s := r.size()
		used, room = used+u, room+s
	}
	return used, room
}

// roomMost is how many times what a batch may hold its memory may be: each table has
// room for the most rows it ever had, and backlogs are not always of the same tables.
const roomMost = 2

// full says that the batch holds as many records or bytes as it may, or has grown
// beyond the room that it may have.
func (b *batch) full(records, bytes int) bool {
	used, room := b.size()
	return b.records >= records || used >= bytes || room > roomMost*bytes
}

func (b *batch) empty() bool { return len(b.spans) == 0 }

// fewMost is how many batches in a row may leave most of their memory unused.
const fewMost = 30

// reset empties a batch whose rows are in; its memory serves the next one. false: it
// has grown in a backlog that is over, and should go.
func (b *batch) reset() (fits bool) {
	if b.most = max(b.most, b.records); b.records < b.most/8 {
		b.few++
	} else {
		b.few = 0
	}
	for _, r := range b.tables() {
		r.reset()
	}
	clear(b.seen)
	clear(b.newest)
	clear(b.spans)
	b.records = 0
	return b.few < fewMost
}

// see merges a booking into the row of its account.
func (b *batch) see(tx *pb.Transaction, partition uint16, offset uint64, from origin) {
	a := b.seen[accountKey{tx.CustomerId, tx.AccountId}]
	if a == nil {
		key := accountKey{strings.Clone(tx.CustomerId), strings.Clone(tx.AccountId)} // the record goes
		a = &accountSeen{key: key, firstDay: tx.BusinessDay, partition: partition, firstOfThisBatch: from}
		b.seen[key] = a
	}
	a.merge(tx, offset)
}

// stand adds a standing. For customer_tiers it keeps of a batch only the newest of
// each customer and scheme, which is all that would be left after a merge.
func (b *batch) stand(row *standingRow, from origin) {
	b.snapshots.add(row, from)
	next := newestStanding{b.snapshots.count() - 1, row.byDay()}
	old := b.newest[standingKey{row.snap.CustomerId, row.scheme.Scheme}]
	if old == nil {
		key := standingKey{strings.Clone(row.snap.CustomerId), strings.Clone(row.scheme.Scheme)} // the record goes
		b.newest[key] = &next
	} else if slices.Compare(next.version[:], old.version[:]) >= 0 {
		*old = next
	}
}

// seal turns what was gathered by key into rows; nothing is added afterwards.
func (b *batch) seal() {
	keys := slices.SortedFunc(maps.Keys(b.seen), func(x, y accountKey) int {
		return cmp.Or(strings.Compare(x.customer, y.customer), strings.Compare(x.account, y.account))
	})
	for _, key := range keys {
		b.accounts.add(b.seen[key], b.seen[key].firstOfThisBatch)
	}
	newest := slices.SortedFunc(maps.Values(b.newest), func(x, y *newestStanding) int { return cmp.Compare(x.index, y.index) })
	for _, n := range newest {
		b.customerTiers.repeat(b.snapshots, n.index)
		b.customerTiers.cells[len(b.customerTiers.cells)-1].(*single[standingRow, [2]uint64]).put(n.version)
	}
}

// token names an insert. It follows from the records alone: table and its columns,
// spans, rows. A retry in this process has the same one; after a crash the batches
// may be cut elsewhere. See Cluster.token.
func (b *batch) token(r rows, lo, hi int) string {
	spans := make([]string, 0, len(b.spans))
	for key, s := range b.spans {
		spans = append(spans, fmt.Sprintf("%s/%d:%d-%d", key.topic, key.partition, s.first, s.last))
	}
	slices.Sort(spans)
	h := xxhash.New()
	for _, s := range append(spans, r.columns()...) {
		_, _ = h.WriteString(s) // never fails
		_, _ = h.Write([]byte{0})
	}
	return fmt.Sprintf("%s %s %d-%d", r.name(), hex.EncodeToString(h.Sum(nil)), lo, hi)
}
