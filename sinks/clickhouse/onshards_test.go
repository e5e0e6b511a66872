package clickhouse

import (
	"strings"
	"syscall"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// TestShards: the very tests of views, questions and recovery, over two shards.
func TestShards(t *testing.T) {
	onShards = startShards(t)
	defer func() { onShards = nil }()
	for name, test := range map[string]func(*testing.T){
		"events":          TestEventsViewLeavesOutWhatDidNotCount,
		"rates":           TestRatesAreTheFolds,
		"side facts":      TestSideFactsAreLastWriter,
		"left out":        TestWhatANewerRecordLeavesOutStands,
		"changes":         TestCorrectedChangesAreMarked,
		"older day":       TestOlderDayWrittenAgain,
		"questions":       TestQueries,
		"described":       TestEverythingIsDescribed,
		"migrated once":   TestMigrateOnceThenNothing,
		"answer lost":     TestAnswerLost,
		"crashes":         TestCrashes,
		"tier in force":   TestTierInForce,
		"while closing":   TestWholeWhileADayIsClosed,
		"stands":          TestInForceIsWhatStands,
		"beginning":       TestWhatLiesBeforeTheLog,
		"dead letters":    TestDeadLettersOfARepeatedRead,
		"facts":           TestFactsOfCustomers,
		"carry":           TestCarry,
		"carry is exact":  TestCarryIsExact,
		"average":         TestADBFromEvents,
		"by status":       TestADBByStatus,
		"audit":           TestReaderShowsWhatIsExpected,
		"customer's rows": testCustomerOnOneShard,
		"shard killed":    testShardKilled,
	} {
		t.Run(name, test)
	}
}

// testCustomerOnOneShard: rows are spread, a customer's are not, whichever table.
func testCustomerOnOneShard(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	want := story(k, 30)
	run(t, k.config(db))
	k.caughtUp()
	checkViews(t, conn, want)
	where := map[string]int{}
	for i, c := range append([]driver.Conn{conn.(*shardConn).Conn}, conn.(*shardConn).others...) {
		for _, table := range []string{"events_raw", "verdicts_raw", "customer_snapshots_raw", "customer_tiers_raw", "alerts_raw", "accounts_raw"} {
			list := ask(t, c, "SELECT DISTINCT customer_id FROM "+table+"_local")
			_, list = cut(list)
			for customer := range strings.FieldsSeq(list) {
				if at, ok := where[customer]; ok && at != i {
					t.Errorf("%s: customer %s is on both shards", table, customer)
				}
				where[customer] = i
			}
		}
	}
	spread := [2]int{}
	for _, at := range where {
		spread[at]++
	}
	if spread[0] == 0 || spread[1] == 0 || len(where) != 30 {
		t.Errorf("customers by shard: %v, want 30 on both", spread)
	}
}

// testShardKilled: one shard dies while rows are sent, and when they are stored but
// the sink does not know. The other has its part already and gets it again.
func testShardKilled(t *testing.T) {
	for _, at := range []step{stepPrepared, stepStored} {
		conn, db := database(t)
		k := newKafka(t)
		want := story(k, 12)
		died := make(chan struct{})
		runStepped(t, k.config(db), at, func() {
			if err := syscall.Kill(onShards.engines[1].PID(), syscall.SIGKILL); err != nil {
				t.Errorf("kill shard: %v", err)
			}
			close(died)
		})
		<-died
		k.caughtUp()
		again(t, conn.(*shardConn).others[0])
		checkViews(t, conn, want)
	}
}
