package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// autopsy keeps what a run that does not come to its end can tell: who holds what in
// the groups and where they stand, in a file, and in the logs what every process does.
func (t *trial) autopsy() {
	if t.bank == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	path := filepath.Join(t.dir, "logs", "groups.txt")
	if err := os.WriteFile(path, []byte(groups(ctx, t.bank.kafka)), 0o600); err != nil {
		say("autopsy: %v", err)
	}
	for _, m := range t.crew.Members {
		m.Dump(ctx)
	}
}

// groups is what the broker says of the program's groups.
func groups(ctx context.Context, opts []kgo.Opt) string {
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err.Error()
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	var text strings.Builder
	for _, name := range []string{"conductor", "ingest-" + sourceName, "fold", "warehouse"} {
		group := topics.DefaultNamespace.Group(name)
		lags, err := admin.Lag(ctx, group)
		if err != nil {
			fmt.Fprintf(&text, "%s: %v\n", group, err)
		}
		for _, g := range lags.Sorted() {
			fmt.Fprintf(&text, "%s: %s, %d members, %v\n", group, g.State, len(g.Members), g.Error())
			for _, l := range g.Lag.Sorted() {
				who := "nobody"
				if l.Member != nil {
					who = l.Member.MemberID
				}
				fmt.Fprintf(&text, "  %s %d: at %d of %d, %s\n", l.Topic, l.Partition, l.Commit.At, l.End.Offset, who)
			}
		}
	}
	return text.String()
}
