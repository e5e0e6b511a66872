package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// listWait bounds the question for open transactions.
const listWait = 10 * time.Second

// errStopping closes the connection of a client that still writes while the
// broker stops.
var errStopping = errors.New("the broker is stopping")

// compactIdle compacts when no transaction is open, and else does nothing.
// The caller guarantees that none can begin meanwhile: either no client was let
// in yet, or refuseWrites came before.
func compactIdle(cluster *kfake.Cluster, g *gate) error {
	open, err := openTransactions(g)
	if err != nil || open > 0 {
		return err
	}
	cluster.Compact()
	return nil
}

// refuseWrites makes the cluster refuse everything that could begin or extend
// a transaction. Ends of transactions, offsets and reads still pass. Requests
// run one at a time, so one that is answered after this call saw it.
func refuseWrites(cluster *kfake.Cluster) {
	for _, key := range []kmsg.Key{
		kmsg.Produce, kmsg.InitProducerID, kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.TxnOffsetCommit,
	} {
		cluster.ControlKey(key.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			return nil, errStopping, true
		})
	}
}

// openTransactions counts the transactions that are neither committed nor aborted.
func openTransactions(g *gate) (int, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(g.Addr().String()), kgo.Dialer(g.dial))
	if err != nil {
		return 0, fmt.Errorf("ask for open transactions: %w", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), listWait)
	defer cancel()
	req := kmsg.NewPtrListTransactionsRequest()
	req.StateFilters = []string{"Ongoing", "PrepareCommit", "PrepareAbort"}
	resp, err := req.RequestWith(ctx, client)
	if err != nil {
		return 0, fmt.Errorf("ask for open transactions: %w", err)
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return 0, fmt.Errorf("ask for open transactions: %w", err)
	}
	return len(resp.TransactionStates), nil
}
